//! A debt that is made up, to see on which days a ladder takes place.

use dunning::billing::{
    By, Collection, InvoiceEvent, Movements, Order, Profile, Reversals, Snapshot, Status, Tags,
};
use dunning::file::{Debtor, Invoice};
use dunning::policy::{Policy, Sequence};
use dunning::rules::{Context, Known, receive};
use dunning::value::{
    Country, Currency, CustomerId, EmailAddress, EventId, InvoiceId, Mode, Money, Realm, SourceName,
};
use jiff::Timestamp;
use jiff::civil::Date;

/// From when to when there is time to pay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) issued_on: Date,
    pub(super) due_on: Date,
}

/// An invoice and whose it is.
pub(super) struct Debt {
    pub(super) debtor: Debtor,
    pub(super) invoice: Invoice,
    /// The moment at which it came in.
    pub(super) now: Timestamp,
}

/// A policy of which each step is for every debt: all days are to be seen.
pub(super) fn with_all_steps(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    let steps = policy
        .sequences
        .iter_mut()
        .flat_map(|sequence| &mut sequence.steps);
    for step in steps {
        (step.when, step.chase_from) = (None, None);
    }
    policy
}

impl Debt {
    /// An invoice that comes in on the day of its issue, for a ladder. None where the days are at the calendar's end.
    pub(super) fn of(
        policy: &Policy,
        sequence: &Sequence,
        term: Term,
        country: Option<&Country>,
    ) -> Option<Self> {
        let zone = policy.company.time_zone.get().clone();
        let now = term.issued_on.to_zoned(zone).ok()?.timestamp();
        let event = event(policy, sequence, term, country, now)?;
        let known = Known {
            debtor: None,
            invoice: None,
            parked: &Movements::default(),
            moved_from: None,
        };
        let change = receive(Context::new(policy, now), known, &event);
        Some(Self {
            debtor: change.debtor?,
            invoice: change.invoices.into_iter().next()?,
            now,
        })
    }
}

fn event(
    policy: &Policy,
    sequence: &Sequence,
    term: Term,
    country: Option<&Country>,
    now: Timestamp,
) -> Option<InvoiceEvent> {
    // A policy may have none yet.
    let known = policy.sources.first_key_value();
    let (source, mode) = match known {
        Some((source, settings)) => (source.clone(), settings.mode),
        None => (SourceName::parse("preview").ok()?, Mode::Live),
    };
    let order = Order {
        version: None,
        at: now,
    };
    Some(InvoiceEvent {
        id: EventId::parse("preview").ok()?,
        kind: "preview".to_owned(),
        realm: Realm {
            source,
            account: sources::no_account(),
            mode,
        },
        customer: CustomerId::parse("preview").ok()?,
        order,
        invoice: invoice(sequence, term)?,
        debtor: Some(Profile {
            email: Some(EmailAddress::parse("debtor@example.com").ok()?),
            country: country.cloned(),
            ..Profile::default()
        }),
        debtor_order: order,
        charge_failed_at: None,
        reversals: Reversals::default(),
        by: By::default(),
    })
}

fn invoice(sequence: &Sequence, term: Term) -> Option<Snapshot> {
    let total = Money {
        minor: 1_234_567,
        currency: Currency::parse("EUR").ok()?,
    };
    Some(Snapshot {
        id: InvoiceId::parse("preview").ok()?,
        number: None,
        status: Status::Open,
        total,
        remaining: total,
        due_on: Some(term.due_on),
        collection: Collection::SendInvoice,
        pay_url: None,
        pdf_url: None,
        po_number: None,
        left_alone: false,
        not_before: None,
        payment_pending_until: None,
        issued_on: Some(term.issued_on),
        instalments: Vec::new(),
        tags: Tags::default(),
        // Chosen as in the billing tool: that goes before all conditions.
        plan: Some(sequence.name.clone()),
        contacts: Vec::new(),
    })
}
