//! What a canonical event means to the core, or why it makes no sense.

use dunning::billing::{
    By, CustomerEvent, Dated, Happened, InvoiceEvent, Movement, MovementEvent, Order, Status,
    Subject, Was,
};
use dunning::value::{AccountId, EventId, InvoiceId, Mode, Realm};
use serde::Deserialize;

use crate::amount::{Amount, not_negative};
use crate::apart::Apart;
use crate::around::Around;
use crate::bad_field::{BadField, required};
use crate::canonical::{Instant, Said, SaidEnd, SaidMovement};
use crate::manifest::Amounts;

/// One thing that a tool says, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translation {
    /// It shows an invoice.
    Invoice(Box<InvoiceEvent>),
    /// It tells something of an invoice that it does not show.
    Movement(Box<MovementEvent>),
    /// It is about a customer alone.
    Customer(Box<CustomerEvent>),
    /// It says nothing about an invoice, or its kind is not known: acknowledge it.
    Ignored {
        /// The tool's name for what happened.
        kind: String,
    },
    /// A test-mode event on a live source, or the reverse: acknowledge it, keep it out, say so.
    OtherMode {
        /// The tool's name for what happened.
        kind: String,
        /// The tool's id of the event.
        event: EventId,
        /// The mode it is of.
        mode: Mode,
    },
}

/// What may be wrong with the rest of an event, and is known all the same.
#[derive(Deserialize)]
struct Named {
    id: Option<EventId>,
    kind: Option<String>,
    mode: Option<Mode>,
}

/// Reads a filter's output; an error names the field.
fn read<'v, T: Deserialize<'v>>(output: &'v serde_json::Value) -> Result<T, BadField> {
    serde_path_to_error::deserialize(output).map_err(|error| {
        let field = match error.path().to_string() {
            path if path == "." => "the event".to_owned(),
            path => path,
        };
        BadField::new(&field, error.into_inner().to_string())
    })
}

/// A canonical event that makes no sense, with what is known of it all the same.
pub(crate) struct BadEvent {
    pub(crate) id: Option<EventId>,
    pub(crate) kind: String,
    pub(crate) bad: BadField,
}

/// A canonical event that makes sense.
pub(crate) struct Understood {
    pub(crate) said: Translation,
    /// What of its metadata cannot be read: what it is about is held for it, and a person is to know.
    pub(crate) unclear: Vec<BadField>,
}

impl From<Translation> for Understood {
    fn from(said: Translation) -> Self {
        Self {
            said,
            unclear: Vec::new(),
        }
    }
}

/// Translates a canonical event.
pub(crate) fn translate(
    output: &serde_json::Value,
    around: &Around<'_>,
) -> Result<Understood, BadEvent> {
    let mut around = around.clone();
    if !output.is_object() {
        return Err(BadEvent {
            id: around.id.ok(),
            kind: around.kind,
            bad: BadField::new("the event", "is not an object"),
        });
    }
    // Read apart: an event of the other mode is kept out, however little sense the rest makes.
    let mut mode = around.mode;
    if let Ok(named) = read::<Named>(output) {
        around.id = named.id.map_or(around.id, Ok);
        around.kind = named.kind.map_or(around.kind, |kind| shortened(&kind));
        mode = named.mode.unwrap_or(mode);
    }
    let (id, kind) = (around.id.as_ref().ok().cloned(), around.kind.clone());
    match id {
        Some(event) if mode != around.mode => {
            Ok(Translation::OtherMode { event, kind, mode }.into())
        }
        id => read::<Said>(output)
            .and_then(|said| said.into_translation(around))
            .map_err(|bad| BadEvent { id, kind, bad }),
    }
}

impl Translation {
    /// The event's id, of what is taken in under one.
    pub fn id(&self) -> Option<&EventId> {
        match self {
            Self::Invoice(event) => Some(&event.id),
            Self::Movement(event) => Some(&event.id),
            Self::Customer(event) => Some(&event.id),
            Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }

    /// Where it happened.
    pub fn realm(&self) -> Option<&Realm> {
        match self {
            Self::Invoice(event) => Some(&event.realm),
            Self::Movement(event) => Some(&event.realm),
            Self::Customer(event) => Some(&event.realm),
            Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }

    /// The invoice that it names.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::Invoice(event) => Some(&event.invoice.id),
            Self::Movement(event) => match &event.subject {
                Subject::Invoice(invoice) => Some(invoice),
                Subject::Payment(_) => None,
            },
            Self::Customer(_) | Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }

    /// The event that shows an invoice.
    pub fn shown(&self) -> Option<&InvoiceEvent> {
        match self {
            Self::Invoice(event) => Some(event),
            _ => None,
        }
    }

    /// The event's id, to be changed.
    pub(crate) fn id_mut(&mut self) -> Option<&mut EventId> {
        match self {
            Self::Invoice(event) => Some(&mut event.id),
            Self::Movement(event) => Some(&mut event.id),
            Self::Customer(event) => Some(&mut event.id),
            Self::Ignored { .. } | Self::OtherMode { .. } => None,
        }
    }
}

/// An event's name, as long as names are, on one line.
pub(crate) fn shortened(kind: &str) -> String {
    let odd =
        |c: &char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    kind.chars().filter(|c| !odd(c)).take(100).collect()
}

/// What any event has, whatever it is about.
struct Head {
    id: EventId,
    kind: String,
    realm: Realm,
    order: Order,
}

impl Head {
    fn tells(self, by: By, (subject, what): (Subject, Happened)) -> Translation {
        let Self {
            id,
            kind,
            realm,
            order,
        } = self;
        Translation::Movement(Box::new(MovementEvent {
            id,
            kind,
            realm,
            order,
            subject,
            what,
            by,
        }))
    }
}

/// What a canonical event says, where no more of an invoice is read than what silences it.
pub(crate) fn silenced(
    output: &serde_json::Value,
    around: &Around<'_>,
) -> Result<Translation, BadField> {
    let mut said = read::<Said>(output)?;
    let Some(invoice) = said.invoice.take() else {
        return Ok(said.into_translation(around.clone())?.said);
    };
    let told = invoice.into_silence(around.time_zone, around.amounts)?;
    Ok(said.head(around)?.tells(around.by, told))
}

impl Said {
    fn head(&mut self, around: &Around<'_>) -> Result<Head, BadField> {
        let id = self.id.take().map_or_else(|| around.id.clone(), Ok)?;
        let kind = self.kind.take();
        let at = self.at.map(|Instant(at)| at);
        // An end counts whenever it came about.
        let came_at = around.came_at.filter(|_| self.ended.is_some());
        Ok(Head {
            id,
            kind: kind.map_or(around.kind.clone(), |kind| shortened(&kind)),
            realm: Realm {
                source: around.source.clone(),
                account: self.account.take().unwrap_or_else(no_account),
                mode: self.mode.unwrap_or(around.mode),
            },
            order: Order {
                version: self.version,
                at: required("at", at.or(came_at))?,
            },
        })
    }

    fn into_translation(mut self, around: Around<'_>) -> Result<Understood, BadField> {
        let head = self.head(&around)?;
        let debtor_order = Order {
            version: self.debtor_as_of.map(|Instant(as_of)| as_of.as_second()),
            at: head.order.at,
        };
        let debtor = self.debtor;
        let debtor = debtor.map(|debtor| debtor.into_profile(around.time_zone));
        let (debtor, mut unclear) = match debtor {
            Some((debtor, unclear)) => (Some(debtor), unclear),
            None => (None, Vec::new()),
        };
        let apart = Apart {
            pending: self.payment_pending,
            unapplied: self.unapplied,
            deleted: self.customer_deleted,
        };
        let told = [
            self.invoice.is_some(),
            self.movement.is_some(),
            self.ended.is_some(),
            apart.is_some(),
        ];
        if told.into_iter().filter(|is_told| *is_told).count() > 1 {
            let why =
                "has more than one of invoice, movement, ended and what is told of a customer";
            return Err(BadField::new("the event", why));
        }
        let told = match (self.invoice, self.movement, self.ended) {
            (Some(invoice), ..) => {
                let Head {
                    id,
                    kind,
                    realm,
                    order,
                } = head;
                let customer = required("customer", self.customer)?;
                let (invoice, of_invoice) =
                    invoice.into_snapshot(around.time_zone, around.amounts)?;
                unclear.extend(of_invoice);
                let said = Translation::Invoice(Box::new(InvoiceEvent {
                    customer,
                    charge_failed_at: self.charge_failed_at.map(|Instant(at)| at),
                    invoice,
                    id,
                    kind,
                    realm,
                    order,
                    debtor,
                    debtor_order,
                    reversals: around.reversals,
                    by: around.by,
                }));
                return Ok(Understood { said, unclear });
            }
            (_, Some(movement), _) => movement.into_movement(around.amounts)?,
            (_, _, Some(ended)) => ended.into_end()?,
            (None, None, None) => match (self.customer, apart.invoice()) {
                // Whose an invoice is, is known better than by whom it is paid.
                (_, Some(invoice)) if debtor.is_none() => {
                    (Subject::Invoice(invoice), apart.into_happened(&around)?)
                }
                (customer, _) => {
                    if debtor.is_none() && !apart.is_some() {
                        let any = "invoice, movement, ended or debtor";
                        return Err(BadField::new(any, "is missing"));
                    }
                    let debtor = debtor.map(|value| Dated {
                        order: debtor_order,
                        value,
                        by: around.by,
                    });
                    let said = Translation::Customer(Box::new(CustomerEvent {
                        customer: required("customer", customer)?,
                        debtor,
                        facts: apart.into_facts(head.order, &around)?,
                        id: head.id,
                        kind: head.kind,
                        realm: head.realm,
                        by: around.by,
                    }));
                    return Ok(Understood { said, unclear });
                }
            },
        };
        let said = head.tells(around.by, told);
        Ok(Understood { said, unclear })
    }
}

/// What stands for the account of a tool that names none.
pub fn no_account() -> AccountId {
    AccountId::parse("default").expect("`default` is a well-formed id")
}

impl SaidMovement {
    fn into_movement(self, amounts: &Amounts) -> Result<(Subject, Happened), BadField> {
        let read = Amount::of("movement.currency", self.currency, amounts)?;
        let amount = read.read("movement.amount", self.amount)?;
        not_negative("movement.amount", amount)?;
        let was = match self.was {
            Some(was) => {
                let amount = read.read("movement.was", Some(was))?;
                not_negative("movement.was", amount)?;
                let Instant(since) = required("movement.since", self.since)?;
                Some(Was { amount, since })
            }
            None => None,
        };
        let subject = match (self.invoice, &self.payment) {
            (Some(invoice), _) => Subject::Invoice(invoice),
            (None, Some(payment)) => Subject::Payment(payment.clone()),
            (None, None) => return Err(BadField::new("movement.invoice", "is missing")),
        };
        let what = Happened::Moved {
            id: required("movement.id", self.id)?,
            movement: Movement {
                kind: required("movement.kind", self.kind)?,
                amount,
            },
            was,
            payment: self.payment,
        };
        Ok((subject, what))
    }
}

impl SaidEnd {
    fn into_end(self) -> Result<(Subject, Happened), BadField> {
        let status = required("ended.status", self.status)?;
        if matches!(status, Status::Draft | Status::Open) {
            return Err(BadField::new("ended.status", "is no end"));
        }
        let invoice = required("ended.invoice", self.invoice)?;
        Ok((Subject::Invoice(invoice), Happened::Ended(status)))
    }
}
