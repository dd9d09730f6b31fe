//! Square: snapshots alone, counted by a version.

use serde_json::{Value, json};

use super::{Blind, Clock, Effect, Persona, Said, Telling, fine, seconds};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "square",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::Paid,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::ChargebackWon,
        Kind::ChargebackLost,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: false,
    clock: Clock::Finer,
    never_shown: &[],
    blind: &[
        Blind {
            kind: Kind::ChargedBack,
            effect: Effect::Silent,
            reason: "disputes are not among the invoice's events",
        },
        Blind {
            kind: Kind::ChargebackWon,
            effect: Effect::Silent,
            reason: "disputes are not among the invoice's events",
        },
        Blind {
            kind: Kind::ChargebackLost,
            effect: Effect::Silent,
            reason: "disputes are not among the invoice's events",
        },
    ],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    match telling.entry().kind {
        Kind::Issued => vec![snapshot(telling, "published")],
        Kind::Paid => vec![
            snapshot(telling, "payment_made"),
            snapshot(telling, "updated"),
        ],
        Kind::Refunded => vec![snapshot(telling, "refunded")],
        Kind::Voided => vec![snapshot(telling, "canceled")],
        Kind::Touched => vec![snapshot(telling, "updated")],
        _ => Vec::new(),
    }
}

fn snapshot(telling: &Telling<'_>, kind: &str) -> Said {
    let entry = telling.entry();
    let stand = telling.stand(&telling.shown());
    let status = match stand.ended {
        Some(_) => "CANCELED",
        None if stand.refunded > 0 && stand.refunded >= stand.paid => "REFUNDED",
        None if stand.refunded > 0 => "PARTIALLY_REFUNDED",
        None if stand.owed() == 0 => "PAID",
        None if stand.paid > 0 => "PARTIALLY_PAID",
        None => "UNPAID",
    };
    // It is there while something is asked for.
    let next = match stand.owed() {
        0 => Value::Null,
        owed => json!({ "amount": owed, "currency": "EUR" }),
    };
    let patch = json!({
        "event_id": telling.name(kind),
        "type": format!("invoice.{kind}"),
        "created_at": fine(entry.at),
        "data": {
            "id": telling.invoice(),
            "object": { "invoice": {
                "id": telling.invoice(),
                "version": telling.n,
                "payment_requests": [{
                    "uid": telling.name("request"),
                    "request_type": "BALANCE",
                    "due_date": telling.due_on().to_string(),
                    "computed_amount_money": { "amount": stand.total, "currency": "EUR" },
                    "total_completed_amount_money": { "amount": stand.paid, "currency": "EUR" },
                    "automatic_payment_source": "NONE",
                }],
                "next_payment_amount_money": next,
                "invoice_number": telling.number(),
                "status": status,
                "created_at": seconds(telling.ledger.entries[0].at),
                "updated_at": seconds(entry.at),
                "primary_recipient": {
                    "customer_id": telling.customer(),
                    "email_address": telling.email(),
                    "address": { "country": "GB" },
                },
            } },
        },
    });
    telling.snapshot("opened", patch)
}
