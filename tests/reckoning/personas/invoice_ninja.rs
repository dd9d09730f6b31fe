//! Invoice Ninja: snapshots, of which a payment brings one along.

use serde_json::json;

use super::{Blind, Clock, Effect, Persona, Said, Telling, float};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "invoice-ninja",
    kinds: &[
        Kind::Paid,
        Kind::PaidByHand,
        Kind::PaidByHand,
        Kind::PaymentUndone,
        Kind::Credited,
        Kind::Refunded,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: true,
    clock: Clock::Seconds,
    never_shown: &[],
    blind: &[Blind {
        kind: Kind::Refunded,
        effect: Effect::IsOwed,
        reason: "a refund puts the amount back on the invoice",
    }],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    let shown = || telling.snapshot("sent", invoice(telling));
    match telling.entry().kind {
        Kind::Paid | Kind::PaidByHand => vec![payment(telling, telling.n, false), shown()],
        Kind::PaymentUndone => {
            let undone = telling.entry().of.expect("a payment is undone");
            vec![payment(telling, undone, true), shown()]
        }
        _ => vec![shown()],
    }
}

fn invoice(telling: &Telling<'_>) -> serde_json::Value {
    let entry = telling.entry();
    let stand = telling.stand(&telling.shown());
    // What was given back is to be paid again.
    let owed = match stand.ended {
        Some(_) => 0,
        None => stand.owed() + stand.refunded,
    };
    let status = match stand.ended {
        Some(_) => "5",
        None if owed == 0 => "4",
        None if stand.paid > stand.refunded => "3",
        None => "2",
    };
    json!({
        "id": telling.invoice(),
        "amount": float(stand.total),
        "balance": float(owed),
        "paid_to_date": float(stand.paid - stand.refunded),
        "client_id": telling.customer(),
        "status_id": status,
        "number": telling.number(),
        "due_date": telling.due_on().to_string(),
        "updated_at": entry.at.as_second(),
        "client": client(telling),
    })
}

/// A client of the United Kingdom who reads English.
fn client(telling: &Telling<'_>) -> serde_json::Value {
    json!({
        "id": telling.customer(),
        "updated_at": telling.ledger.entries[0].at.as_second(),
        "country_id": "826",
        "settings": { "language_id": "1", "currency_id": "3" },
        "contacts": [{
            "id": telling.name("contact"),
            "email": telling.email(),
            "is_primary": true,
            "send_email": true,
        }],
    })
}

fn payment(telling: &Telling<'_>, payment: usize, is_deleted: bool) -> Said {
    let entry = telling.entry();
    let paid = &telling.ledger.entries[payment];
    let mut shown = invoice(telling);
    shown["entity_type"] = json!("invoice");
    let patch = json!({
        "id": format!("pay-{}-{payment}", telling.id),
        "amount": float(paid.amount),
        "is_deleted": is_deleted,
        "is_manual": paid.typed.is_some(),
        "date": paid.typed.unwrap_or(paid.at).to_string()[..10],
        "created_at": paid.at.as_second(),
        "updated_at": entry.at.as_second(),
        "client_id": telling.customer(),
        "paymentables": [{
            "id": format!("part-{}-{payment}", telling.id),
            "invoice_id": telling.invoice(),
            "amount": float(paid.amount),
        }],
        "invoices": [shown],
        "client": client(telling),
    });
    telling.snapshot("part_paid_again", patch)
}
