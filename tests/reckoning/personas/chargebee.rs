//! Chargebee: every event shows the invoice, in an order that is as fine as milliseconds.

use serde_json::json;

use super::{Blind, Clock, Effect, Persona, Said, Telling};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "chargebee",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::PaidByHand,
        Kind::PaymentUndone,
        Kind::Credited,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::WrittenOff,
        Kind::WriteOffUndone,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: true,
    clock: Clock::Finer,
    never_shown: &[],
    blind: &[
        Blind {
            kind: Kind::ChargedBack,
            effect: Effect::Silent,
            reason: "a chargeback recorded as a refund has its credit note: the invoice stays paid",
        },
        Blind {
            kind: Kind::Refunded,
            effect: Effect::Silent,
            reason: "a refund has its credit note: the invoice stays paid",
        },
    ],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    let said = |step, kind| vec![snapshot(telling, step, kind)];
    match telling.entry().kind {
        Kind::Issued => said("opened", "invoice_generated"),
        Kind::Paid | Kind::PaidByHand => vec![
            snapshot(telling, "part_paid", "payment_succeeded"),
            snapshot(telling, "opened", "invoice_updated"),
        ],
        Kind::Refunded | Kind::ChargedBack => said("refunded", "payment_refunded"),
        _ => said("opened", "invoice_updated"),
    }
}

fn snapshot(telling: &Telling<'_>, step: &'static str, kind: &str) -> Said {
    let entry = telling.entry();
    let stand = telling.stand(&telling.shown());
    let written_off = match stand.ended {
        Some(Kind::WrittenOff) => stand.total - stand.credited - stand.paid,
        _ => 0,
    };
    let status = match stand.ended {
        Some(Kind::Voided) => "voided",
        Some(_) => "paid",
        None if stand.owed() == 0 => "paid",
        None => "payment_due",
    };
    // A credit note adjusts the invoice that it is made for, or is applied to it as one that was there.
    let (adjusted, applied) = match telling.id % 2 {
        0 => (stand.credited, 0),
        _ => (0, stand.credited),
    };
    let due = telling
        .due_on()
        .at(12, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC);
    let patch = json!({
        "id": telling.name(kind),
        "occurred_at": entry.at.as_second(),
        "event_type": kind,
        "content": {
            "invoice": {
                "id": telling.number(),
                "customer_id": telling.customer(),
                "status": status,
                "due_date": due.map(|due| due.timestamp().as_second()).ok(),
                "total": stand.total,
                "amount_paid": stand.paid,
                "amount_adjusted": adjusted + written_off,
                "credits_applied": applied,
                "write_off_amount": written_off,
                "amount_due": stand.owed(),
                "amount_to_collect": stand.owed(),
                "updated_at": entry.at.as_second(),
                "generated_at": telling.ledger.entries[0].at.as_second(),
                "resource_version": entry.at.as_millisecond(),
                "linked_payments": [],
                "billing_address": { "country": "GB", "email": telling.email() },
            },
            "customer": {
                "id": telling.customer(),
                "email": telling.email(),
                "locale": "en",
                "auto_collection": "off",
                "billing_address": { "country": "GB", "email": telling.email() },
            },
        },
    });
    telling.snapshot(step, patch)
}
