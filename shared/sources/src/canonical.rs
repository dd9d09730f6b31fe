//! The canonical event: what a filter makes of a tool's event, and what a billing system of one's own
//! sends.
//!
//! Its JSON Schema, `canonical.schema.json` beside this crate's sources, is made from these types.

use dunning::billing::{Collection, DebtorKind, MovementKind, Role, Status};
use dunning::value::{AccountId, CustomerId, EventId, InvoiceId, Mode, MovementId, PaymentId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::texts::Texts;

#[cfg(test)]
use schemars::JsonSchema;

/// One event: an `invoice` as it is now; a `movement` or an `ended` of one that is not shown; a
/// `payment_pending`; or what is told of a customer alone: the `debtor`, what is `unapplied`, that it was
/// deleted. A field that is missing is the same as one that is null.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Relance event"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct Said {
    /// The event's id, the same over all its deliveries. Without one, the request's counts.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) id: Option<EventId>,
    /// What happened, for the journal: `invoice.paid`. Without one, the request's counts.
    pub(crate) kind: Option<String>,
    /// Whether money is real: `live` or `test`. Without one, what the policy says of the source.
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^(live|test)$"))
    )]
    pub(crate) mode: Option<Mode>,
    /// The account at the source, where it has several: ids are unique within one.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) account: Option<AccountId>,
    /// When it happened: Unix seconds, or RFC 3339. Required, but with `ended`: without one, that is when
    /// it came. Of two snapshots of an invoice, the later one counts.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) at: Option<Instant>,
    /// A counter of the invoice's changes, where there is one; it then counts instead of `at`.
    pub(crate) version: Option<i64>,
    /// The customer's id. Required, but for a `movement`, an `ended`, and a `payment_pending` that names its
    /// invoice.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) customer: Option<CustomerId>,
    /// The invoice as of the event, whole.
    pub(crate) invoice: Option<SaidInvoice>,
    /// An automatic charge of the invoice failed then.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) charge_failed_at: Option<Instant>,
    /// Money that moved for an invoice which the event does not show.
    pub(crate) movement: Option<SaidMovement>,
    /// The end of an invoice which the event does not show.
    pub(crate) ended: Option<SaidEnd>,
    /// A payment that is under way, or that has ended: come, failed or given up.
    pub(crate) payment_pending: Option<SaidPending>,
    /// All the money of the customer that is on no invoice yet, a currency each: what is owed in that currency is
    /// on hold while there is as much as is chased, and the team is told. An amount of 0 ends it; of a currency that is not named
    /// nothing is said. Of two tellings of one instant, the higher `version` counts.
    pub(crate) unapplied: Option<Vec<SaidAmount>>,
    /// The tool has the customer no more: nothing is sent to it. `false`: it has it again.
    pub(crate) customer_deleted: Option<bool>,
    /// The debtor as it is known then, whole. Without one, nothing is said of it.
    pub(crate) debtor: Option<SaidDebtor>,
    /// When the debtor was as described, if not at the event. A source says it of all its events, or of
    /// none: what is said with it counts as newer.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) debtor_as_of: Option<Instant>,
}

/// An invoice as of the event.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Invoice"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidInvoice {
    /// The tool's id. Required.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) id: Option<InvoiceId>,
    /// The number printed on it.
    pub(crate) number: Option<String>,
    /// `draft`, `open`, `paid`, `void` (also: deleted) or `uncollectible`. Required.
    #[cfg_attr(
        test,
        schemars(
            with = "Option<String>",
            regex(pattern = "^(draft|open|paid|void|uncollectible)$")
        )
    )]
    pub(crate) status: Option<Status>,
    /// ISO 4217, in either case. Required.
    pub(crate) currency: Option<String>,
    /// What was to be paid at first, less credit notes, as decimal text in the source's unit. Required.
    pub(crate) total: Option<String>,
    /// What is still to be paid, as decimal text in the source's unit. Required.
    pub(crate) remaining: Option<String>,
    /// The civil day by which it is to be paid, as 2027-02-15.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) due_on: Option<Day>,
    /// The same as an instant; its civil day is that of the source's time zone.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) due_at: Option<Instant>,
    /// Who moves first: `send_invoice` (the debtor pays) or `charge_automatically`. Required.
    #[cfg_attr(
        test,
        schemars(
            with = "Option<String>",
            regex(pattern = "^(send_invoice|charge_automatically)$")
        )
    )]
    pub(crate) collection: Option<Collection>,
    /// A page where the debtor can pay: https only.
    pub(crate) pay_url: Option<String>,
    /// The invoice as a PDF: https only.
    pub(crate) pdf_url: Option<String>,
    /// The debtor's purchase-order number.
    pub(crate) po_number: Option<String>,
    /// Nothing is to be sent about it, until this is said to be over.
    pub(crate) left_alone: Option<bool>,
    /// Nothing is to be sent about it before this civil day; of an instant, that of the source's time zone.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) not_before: Option<DayOf>,
    /// A payment is on its way, and has come or failed by this civil day: nothing is sent until then. Of an
    /// instant, that of the source's time zone.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) payment_pending_until: Option<DayOf>,
    /// The civil day on which it was issued; of an instant, that of the source's time zone. What is no day is the
    /// same as none.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) issued_on: Option<Known<DayOf>>,
    /// The same, for a tool that has an instant.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) issued_at: Option<Known<DayOf>>,
    /// Its parts, where it is to be paid in several, in any order: all of them, paid or not. The first 60 are kept.
    pub(crate) instalments: Option<Vec<SaidInstalment>>,
    /// What the tool's users noted of it: a name with a text each, or with an empty one.
    #[cfg_attr(
        test,
        schemars(with = "Option<std::collections::BTreeMap<String, String>>")
    )]
    pub(crate) tags: Option<Texts>,
    /// Texts by which the tool's users steer: `relance` (`off`: nothing is sent about it), `relance_until` (a day before
    /// which nothing is), `relance_contact` (where its reminders go), `account_manager` (an address, or
    /// `Name <address>`), `relance_plan`. All else becomes tags.
    #[cfg_attr(
        test,
        schemars(with = "Option<std::collections::BTreeMap<String, String>>")
    )]
    pub(crate) metadata: Option<Texts>,
    /// Whom to turn to about it, before those of its debtor. The first ten are kept.
    pub(crate) contacts: Option<Vec<SaidContact>>,
}

/// A part of an invoice that is to be paid by a day of its own.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Instalment"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidInstalment {
    /// The civil day by which it is to be paid, as 2027-02-15. Required, or `due_at`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) due_on: Option<Day>,
    /// The same as an instant; its civil day is that of the source's time zone.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) due_at: Option<Instant>,
    /// How much it is, paid or not, as decimal text in the source's unit. Required.
    pub(crate) amount: Option<String>,
}

/// Somebody who has a part in getting an invoice paid.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Contact"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidContact {
    /// `invoice` (gets the invoices), `payer`, `approver`, `escalation` (decides, where nothing else helped) or
    /// `account_manager` (on our side). One of another part is the same as none. Required.
    #[cfg_attr(
        test,
        schemars(
            with = "Option<String>",
            regex(pattern = "^(invoice|payer|approver|escalation|account_manager)$")
        )
    )]
    pub(crate) role: Option<Role>,
    /// Its name.
    pub(crate) name: Option<String>,
    /// Its address. Of several, the first one that can be written to.
    pub(crate) email: Option<String>,
    /// Its telephone number.
    pub(crate) phone: Option<String>,
}

/// Money that moved. Told again under the same id, the later one counts; an amount of 0 undoes it.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Movement"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidMovement {
    /// `payment`, `credit` (a credit note that lowers the debt), `refund` (never reopens a debt), or
    /// `reversal` (a chargeback or a late failure: reopens the debt, held until a person has looked;
    /// only for what the tool goes on showing as paid). Required.
    #[cfg_attr(
        test,
        schemars(
            with = "Option<String>",
            regex(pattern = "^(payment|credit|refund|reversal)$")
        )
    )]
    pub(crate) kind: Option<MovementKind>,
    /// The tool's id of the payment, the credit note, the refund or the dispute. Required.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) id: Option<MovementId>,
    /// Of which invoice. Required, unless `payment` tells.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) invoice: Option<InvoiceId>,
    /// By which the tool refers to the payment in what it tells later.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) payment: Option<PaymentId>,
    /// As decimal text in the source's unit. Required.
    pub(crate) amount: Option<String>,
    /// How much it had been, if the tool tells so when it undoes it: what was never heard of is undone by this, too.
    /// As `amount`.
    pub(crate) was: Option<String>,
    /// When it came, before it was undone. Required with `was`.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) since: Option<Instant>,
    /// ISO 4217, in either case. Required.
    pub(crate) currency: Option<String>,
}

/// The end of an invoice.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "End"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidEnd {
    /// Which invoice. Required.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) invoice: Option<InvoiceId>,
    /// `paid`, `void` (also: deleted) or `uncollectible`. Required.
    #[cfg_attr(
        test,
        schemars(
            with = "Option<String>",
            regex(pattern = "^(paid|void|uncollectible)$")
        )
    )]
    pub(crate) status: Option<Status>,
}

/// A payment that is under way. Told again under the same id, the later one counts; at one instant, an end.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Payment"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidPending {
    /// The tool's id of the payment. Required.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) payment: Option<PaymentId>,
    /// For which invoice, where that is known. Without one, nothing is sent to the customer at all.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) invoice: Option<InvoiceId>,
    /// By this civil day it has come or failed, and what it is for goes on by itself; of an instant, that of
    /// the source's time zone. Required, unless it has ended.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) until: Option<DayOf>,
    /// It has come, failed, or was given up.
    pub(crate) ended: Option<bool>,
}

/// An amount of money.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Amount"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidAmount {
    /// As decimal text in the source's unit. Required.
    pub(crate) amount: Option<String>,
    /// ISO 4217, in either case. Required.
    pub(crate) currency: Option<String>,
}

/// A debtor as it is known at the event.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Debtor"))]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SaidDebtor {
    /// As it stands on the invoice.
    pub(crate) name: Option<String>,
    /// Where reminders go. May hold several addresses, with commas, semicolons, blanks or line breaks between
    /// them and names around them: the first one that can be written to is.
    pub(crate) email: Option<String>,
    /// As `fr` or `fr-CA`; or several, the best first: the first counts for which there are templates. Once
    /// known, they stay until others are told.
    pub(crate) language: Option<Languages>,
    /// A code of ISO 3166-1, of two letters or three, or an English name.
    pub(crate) country: Option<String>,
    /// The postal code of its address.
    pub(crate) postal_code: Option<String>,
    /// The state, province, canton or Land of its address, by its name or its code.
    pub(crate) state: Option<String>,
    /// Its number with the register of its country. Once known, it stays until another one, or a `vat_number`, is
    /// told.
    pub(crate) registration: Option<String>,
    /// Its number for the value-added tax, or the like of it. Once known, it stays until another one, or a
    /// `registration`, is told.
    pub(crate) vat_number: Option<String>,
    /// An IANA name, as `Europe/Paris`. Without one, the country's.
    pub(crate) time_zone: Option<String>,
    /// `business` or `consumer`.
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^(business|consumer)$"))
    )]
    pub(crate) kind: Option<DebtorKind>,
    /// Nothing is to be sent to it, until this is said to be over.
    pub(crate) left_alone: Option<bool>,
    /// Nothing is to be sent to it before this civil day; of an instant, that of the source's time zone.
    #[cfg_attr(test, schemars(with = "Option<InstantSchema>"))]
    pub(crate) not_before: Option<DayOf>,
    /// Whom to turn to. The first ten are kept.
    pub(crate) contacts: Option<Vec<SaidContact>>,
    /// What the tool's users noted of it, as groups: a name with a text each, or with an empty one.
    #[cfg_attr(
        test,
        schemars(with = "Option<std::collections::BTreeMap<String, String>>")
    )]
    pub(crate) tags: Option<Texts>,
    /// Texts by which the tool's users steer: `relance` (`off`: nothing is sent to it), `relance_until` (a day before
    /// which nothing is), `relance_contact` (where reminders go instead of `email`), `account_manager` (an address,
    /// or `Name <address>`), `relance_plan`. All else becomes tags. Once known, all of it stays until it is shown
    /// again: empty, where nothing is left of it.
    #[cfg_attr(
        test,
        schemars(with = "Option<std::collections::BTreeMap<String, String>>")
    )]
    pub(crate) metadata: Option<Texts>,
}

/// One text, or several.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged, expecting = "is neither a text nor a list of texts")]
pub(crate) enum Languages {
    /// One.
    One(String),
    /// Several.
    Several(Vec<Option<String>>),
}

/// A civil day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day(pub(crate) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| {
            serde::de::Error::custom(format!("is {text:?}, not a day like \"2027-02-15\""))
        })
    }
}

/// What cannot be used is the same as none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<T>(pub(crate) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either<T> {
            Known(T),
            Other(serde::de::IgnoredAny),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Known(known) => Self(Some(known)),
            Either::Other(_) => Self(None),
        })
    }
}

/// A civil day, or an instant of it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(
    untagged,
    expecting = "is neither a day like \"2027-02-15\" nor an instant"
)]
pub(crate) enum DayOf {
    /// The instant. Read first: a day reads the beginning of any instant as a day.
    Instant(Instant),
    /// The day itself.
    Day(Day),
}

/// Unix seconds, or RFC 3339.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant(pub(crate) Timestamp);

#[cfg(test)]
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Instant")]
#[allow(dead_code, reason = "stands for `Instant` in the schema")]
enum InstantSchema {
    /// Unix seconds.
    Seconds(i64),
    /// RFC 3339, as 2027-01-11T10:00:00Z.
    Text(String),
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Instant;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an instant in Unix seconds or RFC 3339")
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Instant, E> {
                Timestamp::from_second(seconds)
                    .map(Instant)
                    .map_err(|_| E::custom("is not an instant in Unix seconds"))
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Instant, E> {
                self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Instant, E> {
                text.parse().map(Instant).map_err(|_| {
                    E::custom(format!(
                        "is {text:?}, not an instant like \"2027-01-11T10:00:00Z\""
                    ))
                })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `UPDATE_SCHEMA=1 cargo test -p sources` writes it.
    #[test]
    fn the_published_schema_is_that_of_these_types() {
        let schema = schemars::schema_for!(Said);
        let written = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/canonical.schema.json");
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &written).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap();
        assert!(published == written, "write it anew with UPDATE_SCHEMA=1");
    }
}
