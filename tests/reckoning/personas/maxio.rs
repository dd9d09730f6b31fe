//! Maxio: an invoice when it is issued, then what is paid, and nothing else.

use jiff::Timestamp;
use serde_json::json;

use super::{Blind, Clock, Effect, Persona, Said, Telling, decimal};
use crate::ledger::Kind;

const NO_EVENT: &str = "no event is published for an invoice that changed after it was issued";

pub(super) const PERSONA: Persona = Persona {
    tool: "maxio",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::PaidByHand,
        Kind::PaidByHand,
        Kind::Credited,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::WrittenOff,
        Kind::Voided,
    ],
    reopens: false,
    clock: Clock::Seconds,
    never_shown: &[],
    blind: &[
        Blind {
            kind: Kind::Credited,
            effect: Effect::Silent,
            reason: NO_EVENT,
        },
        Blind {
            kind: Kind::WrittenOff,
            effect: Effect::Silent,
            reason: NO_EVENT,
        },
        Blind {
            kind: Kind::Voided,
            effect: Effect::Silent,
            reason: NO_EVENT,
        },
        Blind {
            kind: Kind::Refunded,
            effect: Effect::Silent,
            reason: "refunds name no invoice",
        },
        Blind {
            kind: Kind::ChargedBack,
            effect: Effect::Silent,
            reason: "chargebacks have no known shape",
        },
    ],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    match telling.entry().kind {
        Kind::Issued => vec![invoice(telling)],
        Kind::Paid | Kind::PaidByHand => vec![payment(telling)],
        _ => Vec::new(),
    }
}

fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S +0000").to_string()
}

fn invoice(telling: &Telling<'_>) -> Said {
    let total = decimal(telling.entry().amount);
    let payer = json!({
        "chargify_id": telling.customer(),
        "email": telling.email(),
        "locale": "en",
    });
    let patch = json!({
        "id": telling.name("event"),
        "payload": { "invoice": {
            "uid": telling.invoice(),
            "customer_id": telling.customer(),
            "number": telling.number(),
            "created_at": written(telling.entry().at),
            "updated_at": written(telling.entry().at),
            "due_date": telling.due_on().to_string(),
            "customer": payer,
            "payer": payer,
            "billing_address": { "country": "GB" },
            "total_amount": total,
            "due_amount": total,
        } },
    });
    telling.snapshot("opened", patch)
}

fn payment(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let patch = json!({
        "id": telling.name("event"),
        "payload": { "transaction": {
            "id": telling.name("pay"),
            "amount_in_cents": entry.amount.to_string(),
            "created_at": written(entry.at),
            "received_on": entry.typed.unwrap_or(entry.at).to_string()[..10],
            "invoice_uids": { "0": telling.invoice() },
        } },
    });
    telling.movement("part_paid", patch)
}
