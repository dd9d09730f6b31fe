//! Paddle: an invoice is a transaction, and what lowers or reopens it is an adjustment beside it.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Blind, Clock, Effect, Persona, Said, TERMS, Telling, fine};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "paddle",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::Paid,
        Kind::Credited,
        Kind::CreditUndone,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::ChargebackWon,
        Kind::ChargebackLost,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: false,
    clock: Clock::Finer,
    never_shown: &[Kind::ChargedBack, Kind::ChargebackWon, Kind::Refunded],
    blind: &[
        Blind {
            kind: Kind::ChargedBack,
            effect: Effect::IsSettledAgain,
            reason: "a disputed invoice goes on being shown as paid, as it is after it was paid again",
        },
        Blind {
            kind: Kind::ChargebackLost,
            effect: Effect::Silent,
            reason: "a lost chargeback stays what it was when it was opened",
        },
        Blind {
            kind: Kind::Credited,
            effect: Effect::CountsTwice,
            reason: "the first snapshot after a credit may be older than the credit's own event",
        },
    ],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    match telling.entry().kind {
        Kind::Issued => {
            let customer = json!({
                "event_id": telling.name("evt-customer"),
                "occurred_at": fine(telling.entry().at),
                "data": { "id": telling.customer(), "email": telling.email(), "locale": "en" },
            });
            let customer = telling.of_the_customer("customer_created", customer);
            vec![customer, transaction(telling, "billed")]
        }
        Kind::ChargebackLost => Vec::new(),
        Kind::Credited | Kind::CreditUndone => {
            vec![adjustment(telling), transaction(telling, "updated")]
        }
        Kind::Refunded | Kind::ChargedBack | Kind::ChargebackWon => vec![adjustment(telling)],
        Kind::Voided => vec![transaction(telling, "canceled")],
        Kind::Paid if telling.stand(&telling.shown()).owed() == 0 => {
            vec![
                transaction(telling, "paid"),
                transaction(telling, "completed"),
            ]
        }
        _ => vec![transaction(telling, "updated")],
    }
}

fn transaction(telling: &Telling<'_>, kind: &str) -> Said {
    let stand = telling.stand(&telling.shown());
    let status = match stand.ended {
        Some(_) => "canceled",
        None if stand.owed() == 0 && kind == "paid" => "paid",
        None if stand.owed() == 0 => "completed",
        None => "billed",
    };
    // A credit is seen in the transaction a moment after, or a moment before it is told of.
    let moments = match (telling.entry().kind, kind) {
        (Kind::Credited | Kind::CreditUndone, _) if telling.n.is_multiple_of(3) => -1,
        (Kind::Credited | Kind::CreditUndone, _) | (_, "completed") => 1,
        _ => 0,
    };
    let at = telling.entry().at + SignedDuration::from_millis(moments);
    let patch = json!({
        "event_id": telling.name(kind),
        "event_type": format!("transaction.{kind}"),
        "occurred_at": fine(at),
        "data": {
            "id": telling.invoice(),
            "invoice_number": telling.number(),
            "customer_id": telling.customer(),
            "status": status,
            "billed_at": fine(telling.ledger.entries[0].at),
            "billing_details": { "payment_terms": { "interval": "day", "frequency": TERMS } },
            "details": details(telling),
        },
    });
    Said {
        at,
        ..telling.snapshot("opened", patch)
    }
}

/// An adjustment shows in the adjusted totals. The other sums stay as they were, or lose it, too: Paddle says
/// both.
fn details(telling: &Telling<'_>) -> Value {
    let stand = telling.stand(&telling.shown());
    // What is refunded had been paid in full, and lowers the adjusted totals, too.
    let refunded = match stand.owed() {
        0 => telling.stand(&telling.ledger.until(telling.n)).refunded,
        _ => 0,
    };
    let left = stand.total - stand.credited - refunded;
    let seen = match telling.id % 2 {
        0 => 0,
        _ => stand.credited,
    };
    let balance = match stand.ended {
        Some(_) => 0,
        None => (stand.total - seen - stand.paid).max(0),
    };
    json!({
        "totals": {
            "total": stand.total.to_string(),
            "grand_total": (stand.total - seen).to_string(),
            "credit": seen.to_string(),
            "balance": balance.to_string(),
        },
        "adjusted_totals": { "total": left.to_string(), "grand_total": left.to_string() },
    })
}

fn adjustment(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let (about, status) = match entry.kind {
        Kind::CreditUndone | Kind::ChargebackWon => (entry.of.expect("it undoes one"), "reversed"),
        _ => (telling.n, "approved"),
    };
    let action = match telling.ledger.entries[about].kind {
        Kind::Credited => "credit",
        Kind::Refunded => "refund",
        _ => "chargeback",
    };
    let patch = json!({
        "event_id": telling.name("evt-adjustment"),
        "event_type": if about == telling.n { "adjustment.created" } else { "adjustment.updated" },
        "occurred_at": fine(entry.at),
        "data": {
            "id": format!("adj-{}-{about}", telling.id),
            "action": action,
            "created_at": fine(telling.ledger.entries[about].at),
            "status": status,
            "transaction_id": telling.invoice(),
            "customer_id": telling.customer(),
            "totals": { "total": telling.ledger.entries[about].amount.to_string() },
        },
    });
    let mut said = telling.movement("credited", patch);
    said.shows[about] = true;
    said
}
