//! Odoo: the invoice, whenever it is saved, told once and never again; the customer apart.

use serde_json::json;

use super::{Blind, Clock, Effect, Persona, Said, Telling, float};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "odoo",
    kinds: &[
        Kind::Paid,
        Kind::PaidByHand,
        Kind::PaidByHand,
        Kind::PaymentUndone,
        Kind::Credited,
        Kind::CreditUndone,
        Kind::Refunded,
        Kind::Voided,
        Kind::Touched,
        Kind::Touched,
    ],
    reopens: true,
    clock: Clock::Finer,
    never_shown: &[],
    blind: &[Blind {
        kind: Kind::Refunded,
        effect: Effect::Silent,
        reason: "money that is given back is no change of the invoice",
    }],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    match telling.entry().kind {
        Kind::Issued => vec![contact(telling), snapshot(telling)],
        Kind::Refunded => Vec::new(),
        _ => vec![snapshot(telling)],
    }
}

fn written(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

fn contact(telling: &Telling<'_>) -> Said {
    let patch = json!({
        "_id": 1_000_000 + telling.id,
        "id": 1_000_000 + telling.id,
        "email": telling.email(),
        "lang": "en_GB",
        "tz": "Europe/London",
        "country_code": "GB",
        "write_date": written(telling.entry().at),
    });
    telling.of_the_customer("contact", patch)
}

fn snapshot(telling: &Telling<'_>) -> Said {
    let stand = telling.stand(&telling.shown());
    let (state, payment_state) = match stand.ended {
        Some(_) => ("cancel", "not_paid"),
        None if stand.owed() == 0 && stand.paid == 0 => ("posted", "reversed"),
        None if stand.owed() == 0 => ("posted", "paid"),
        None if stand.paid + stand.credited > 0 => ("posted", "partial"),
        None => ("posted", "not_paid"),
    };
    let mut patch = json!({
        "_id": 2_000_000 + telling.id,
        "id": 2_000_000 + telling.id,
        "amount_total": float(stand.total),
        "amount_residual": float(stand.owed()),
        "invoice_date_due": telling.due_on().to_string(),
        "name": telling.number(),
        "partner_id": [telling.customer(), "A customer"],
        "state": state,
        "payment_state": payment_state,
        "write_date": written(telling.entry().at),
    });
    // A field that only some users have added.
    if telling.id.is_multiple_of(2) {
        patch["x_credited"] = float(stand.credited);
    }
    telling.snapshot("opened", patch)
}
