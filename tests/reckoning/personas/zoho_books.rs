//! Zoho Books: the invoice, whenever it is edited.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{Blind, Clock, Effect, Persona, Said, Telling, float};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "zoho-books",
    kinds: &[
        Kind::Paid,
        Kind::PaidByHand,
        Kind::PaidByHand,
        Kind::PaymentUndone,
        Kind::Credited,
        Kind::Refunded,
        Kind::WrittenOff,
        Kind::WriteOffUndone,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: true,
    clock: Clock::Seconds,
    never_shown: &[],
    blind: &[Blind {
        kind: Kind::Refunded,
        effect: Effect::Silent,
        reason: "a refund is no edit of the invoice",
    }],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    match telling.entry().kind {
        Kind::Refunded => Vec::new(),
        _ => vec![snapshot(telling)],
    }
}

fn snapshot(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let stand = telling.stand(&telling.shown());
    let left = stand.total - stand.credited - stand.paid;
    let (status, written_off) = match stand.ended {
        Some(Kind::Voided) => ("void", 0),
        Some(_) => ("paid", left),
        None if stand.owed() == 0 => ("paid", 0),
        None if stand.paid > 0 => ("partially_paid", 0),
        None => ("sent", 0),
    };
    let at = entry.at.to_zoned(TimeZone::fixed(jiff::tz::offset(1)));
    let patch = json!({ "invoice": {
        "invoice_id": telling.invoice(),
        "invoice_number": telling.number(),
        "customer_id": telling.customer(),
        "email": telling.email(),
        "contact_persons": [],
        "contact_persons_details": [],
        "due_date": telling.due_on().to_string(),
        "status": status,
        "total": float(stand.total),
        "balance": float(stand.owed()),
        "payment_made": float(stand.paid),
        "credits_applied": float(stand.credited),
        "write_off_amount": float(written_off),
        "billing_address": { "country": "United Kingdom" },
        "last_modified_time": at.strftime("%Y-%m-%dT%H:%M:%S%z").to_string(),
    } });
    telling.snapshot("opened", patch)
}
