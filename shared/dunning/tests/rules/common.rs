//! A debtor and its invoices, as the tests want them.

use std::collections::BTreeMap;
use std::fmt::Write;

use dunning::billing::{
    By, Collection, Dated, InvoiceEvent, Movements, Order, Profile, Reversals, Snapshot, Status,
    Tags,
};
use dunning::calendar::Place;
use dunning::file::{Attempt, Debtor, File, Invoice, StepState};
use dunning::policy::Policy;
use dunning::rules::{Change, Context, Known, receive};
use dunning::value::{
    AccountId, Country, Currency, CustomerId, DebtorKey, EmailAddress, EventId, InvoiceId, Mode,
    Money, Realm, SourceName,
};
use jiff::Timestamp;

pub(crate) fn policy() -> Policy {
    Policy::parse(include_str!("relance.toml")).unwrap()
}

/// A policy that leaves the week-end to the debtor's country, and says of its own days what is given.
pub(crate) fn with_week_ends_by_country(closed: &str) -> Policy {
    let text = include_str!("relance.toml");
    let line = "weekend = [\"saturday\", \"sunday\"]";
    assert!(text.contains(line));
    Policy::parse(&text.replace(line, closed)).unwrap()
}

/// An address: a country, and of the other two what there is.
pub(crate) fn place(country: &str, postal_code: &str, state: &str) -> Place {
    let said = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let country = Country::parse(country).unwrap();
    Place::of(
        &country,
        said(postal_code).as_deref(),
        said(state).as_deref(),
    )
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn realm() -> Realm {
    Realm {
        source: SourceName::parse("stripe").unwrap(),
        account: AccountId::parse("default").unwrap(),
        mode: Mode::Live,
    }
}

pub(crate) fn euros(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::parse("EUR").unwrap(),
    }
}

/// An open invoice of 100 euros, due on that day.
pub(crate) fn invoice(id: &str, due_on: &str) -> Snapshot {
    Snapshot {
        id: InvoiceId::parse(id).unwrap(),
        number: Some(format!("N-{id}")),
        status: Status::Open,
        total: euros(10_000),
        remaining: euros(10_000),
        due_on: Some(due_on.parse().unwrap()),
        collection: Collection::SendInvoice,
        pay_url: None,
        pdf_url: None,
        po_number: None,
        left_alone: false,
        not_before: None,
        payment_pending_until: None,
        issued_on: None,
        instalments: Vec::new(),
        tags: Tags::default(),
        plan: None,
        contacts: Vec::new(),
    }
}

/// A French debtor with an address.
pub(crate) fn debtor() -> Profile {
    Profile {
        name: Some("Client".to_owned()),
        email: Some(EmailAddress::parse("compta@client.example.com").unwrap()),
        language: None,
        country: Some(Country::parse("FR").unwrap()),
        ..Profile::default()
    }
}

/// The same debtor with another address.
pub(crate) fn with_address(email: Option<EmailAddress>) -> Profile {
    Profile { email, ..debtor() }
}

/// An event at an instant.
pub(crate) fn event(when: &str, invoice: Snapshot) -> InvoiceEvent {
    InvoiceEvent {
        id: EventId::parse(format!("evt_{}_{when}", invoice.id)).unwrap(),
        kind: format!("{:?}", invoice.status),
        realm: realm(),
        customer: CustomerId::parse("cus_1").unwrap(),
        order: Order {
            version: None,
            at: at(when),
        },
        invoice,
        debtor: Some(debtor()),
        debtor_order: Order {
            version: None,
            at: at(when),
        },
        charge_failed_at: None,
        reversals: Reversals::Shown,
        by: By::default(),
    }
}

/// A file with one invoice, due on 15 February 2027.
pub(crate) fn one_invoice() -> Kept {
    let mut kept = Kept::new();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    kept
}

/// A file that was kept by the rules, from event to event.
pub(crate) struct Kept {
    pub(crate) file: File,
    pub(crate) version: u64,
    pub(crate) closed: BTreeMap<InvoiceId, Invoice>,
    pub(crate) policy: Policy,
    pub(crate) log: String,
    pub(crate) rehearses: bool,
}

impl Kept {
    pub(crate) fn new() -> Self {
        let key = DebtorKey {
            realm: realm(),
            customer: CustomerId::parse("cus_1").unwrap(),
        };
        let told = Dated {
            order: Order {
                version: None,
                at: Timestamp::UNIX_EPOCH,
            },
            value: debtor(),
            by: By::default(),
        };
        Self {
            file: File {
                debtor: Debtor::new(key, told),
                open: BTreeMap::new(),
            },
            version: 1,
            closed: BTreeMap::new(),
            policy: policy(),
            log: String::new(),
            rehearses: false,
        }
    }

    /// An event comes in.
    pub(crate) fn hear(&mut self, now: &str, event: &InvoiceEvent) -> Change {
        let id = &event.invoice.id;
        let known = self.file.open.get(id).or_else(|| self.closed.get(id));
        let known = Known {
            debtor: Some(&self.file.debtor),
            invoice: known,
            parked: &Movements::default(),
            moved_from: None,
        };
        let change = receive(self.context(now), known, event);
        self.write(now, &change);
        change
    }

    /// What the rules go by.
    pub(crate) fn context(&self, now: &str) -> Context<'_> {
        Context {
            rehearses: self.rehearses,
            ..Context::new(&self.policy, at(now))
        }
    }

    pub(crate) fn write(&mut self, now: &str, change: &Change) {
        self.version += 1;
        for invoice in &change.invoices {
            if invoice.is_closed() {
                self.closed.insert(invoice.id().clone(), invoice.clone());
            } else {
                self.closed.remove(invoice.id());
            }
        }
        self.file = change.applied_to(self.file.clone());
        writeln!(self.log, "{now}").unwrap();
        for line in &change.journal {
            let invoice = line
                .invoice
                .as_ref()
                .map_or("-", |invoice| invoice.as_str());
            writeln!(self.log, "  {invoice}: {}", line.what).unwrap();
        }
        for notice in &change.notices {
            writeln!(
                self.log,
                "  team: {} ({})",
                notice.kind.as_str(),
                notice.subject
            )
            .unwrap();
        }
    }

    /// The instants of an invoice's steps, as the debtor reads them.
    pub(crate) fn steps(&self, id: &str) -> String {
        let id = InvoiceId::parse(id).unwrap();
        let invoice = self
            .file
            .open
            .get(&id)
            .or_else(|| self.closed.get(&id))
            .unwrap();
        let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
        let mut text = String::new();
        for step in &invoice.steps {
            let here = step.at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M");
            let state = match &step.state {
                StepState::Planned {
                    attempt: Attempt::First,
                } => "planned".to_owned(),
                StepState::Planned {
                    attempt: Attempt::Last,
                } => "planned again".to_owned(),
                StepState::Claimed { .. } => "claimed".to_owned(),
                StepState::Heard { .. } => "heard".to_owned(),
                StepState::Unheard { .. } => "reached nobody".to_owned(),
                StepState::Unknown { .. } => "unknown".to_owned(),
                StepState::Merged { into } => format!("merged into {into}"),
                StepState::Skipped(why) => format!("skipped: {why}"),
                StepState::Asked { .. } => "asked of the team".to_owned(),
                StepState::Signalled { .. } => "signalled".to_owned(),
                StepState::SentBefore { .. } => "sent before Relance".to_owned(),
                StepState::Newer(newer) => newer.to_string(),
            };
            writeln!(text, "{:<8} {here}  {state}", step.id.as_str()).unwrap();
        }
        writeln!(text, "{}", invoice.outlook).unwrap();
        text
    }
}
