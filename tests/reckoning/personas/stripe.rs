//! Stripe: snapshots and movements, each by itself. What a bank takes back is never shown.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Blind, Clock, Effect, Persona, Said, Style, Telling};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "stripe",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::Paid,
        Kind::CalledPaid,
        Kind::Credited,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::ChargebackWon,
        Kind::ChargebackLost,
        Kind::WrittenOff,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: false,
    clock: Clock::Seconds,
    never_shown: &[
        Kind::ChargedBack,
        Kind::ChargebackWon,
        Kind::ChargebackLost,
        Kind::Refunded,
    ],
    blind: &[
        Blind {
            kind: Kind::ChargedBack,
            effect: Effect::IsSettledAgain,
            reason: "a disputed invoice goes on being shown as paid, as it is after it was paid again",
        },
        Blind {
            kind: Kind::Refunded,
            effect: Effect::Silent,
            reason: "a refund never reopens a debt: whether it was heard makes no difference",
        },
    ],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    let (entry, style) = (telling.entry(), telling.style);
    let kind = match entry.kind {
        Kind::Issued => return vec![snapshot(telling, "finalized")],
        Kind::Touched => return vec![snapshot(telling, "overdue")],
        Kind::Paid => return payment(telling, style),
        Kind::Refunded => return vec![refund(telling)],
        Kind::ChargedBack => return disputes(telling, "disputed", "needs_response"),
        Kind::ChargebackWon => return disputes(telling, "dispute_won", "won"),
        Kind::ChargebackLost => return disputes(telling, "dispute_lost", "lost"),
        Kind::CalledPaid => "paid",
        Kind::WrittenOff => "marked_uncollectible",
        Kind::Voided => "voided",
        _ => "updated",
    };
    vec![snapshot(telling, kind)]
}

fn snapshot(telling: &Telling<'_>, kind: &str) -> Said {
    let entry = telling.entry();
    let stand = telling.stand(&telling.shown());
    let status = match stand.ended {
        Some(Kind::Voided) => "void",
        Some(Kind::WrittenOff) => "uncollectible",
        Some(_) => "paid",
        None if stand.owed() == 0 => "paid",
        None => "open",
    };
    let due = telling.due_on().at(12, 0, 0, 0);
    let due = due
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map(|due| due.timestamp());
    let remaining = match stand.ended {
        // What is written off or void still shows what it was.
        Some(Kind::Voided | Kind::WrittenOff) => stand.total - stand.credited - stand.paid,
        _ => stand.owed(),
    };
    let object = json!({
        "id": telling.invoice(),
        "number": telling.number(),
        "status": status,
        "customer": telling.customer(),
        "customer_email": telling.email(),
        "customer_address": { "country": "GB" },
        "currency": "eur",
        "amount_due": stand.total - stand.credited,
        "amount_paid": stand.paid,
        "amount_remaining": remaining,
        "due_date": due.map(Timestamp::as_second).ok(),
    });
    let patch = json!({
        "id": telling.name("evt-shown"),
        "type": format!("invoice.{kind}"),
        "created": entry.at.as_second(),
        "data": { "object": object },
    });
    telling.snapshot("finalized", patch)
}

fn payment(telling: &Telling<'_>, style: Style) -> Vec<Said> {
    let entry = telling.entry();
    let patch = json!({
        "id": telling.name("evt-moved"),
        "created": entry.at.as_second(),
        "data": { "object": {
            "id": telling.name("inpay"),
            "amount_paid": entry.amount,
            "amount_requested": entry.amount,
            "invoice": telling.invoice(),
            "payment": { "payment_intent": intent(telling, telling.n) },
        } },
    });
    let is_paid = telling.stand(&telling.shown()).owed() == 0;
    let shown = snapshot(telling, if is_paid { "paid" } else { "updated" });
    let moved = telling.movement("payment", patch);
    match style {
        Style::Both => vec![moved, shown],
        Style::Snapshots => vec![shown],
        Style::Movements => vec![moved],
    }
}

fn intent(telling: &Telling<'_>, payment: usize) -> String {
    format!("pi-{}-{payment}", telling.id)
}

fn refund(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let payment = entry.of.expect("a payment is refunded");
    let patch = json!({
        "id": telling.name("evt-refund"),
        "created": entry.at.as_second(),
        "data": { "object": {
            "id": format!("ch-{}-{payment}", telling.id),
            "payment_intent": intent(telling, payment),
            "amount_refunded": entry.amount,
        } },
    });
    telling.movement("refunded", patch)
}

fn disputes(telling: &Telling<'_>, step: &'static str, status: &str) -> Vec<Said> {
    let entries = &telling.ledger.entries;
    let entry = telling.entry();
    let opened = match entry.kind {
        Kind::ChargedBack => telling.n,
        _ => entry.of.expect("a dispute is closed"),
    };
    let payment = entries[opened].of.expect("a payment is disputed");
    let patch: Value = json!({
        "id": telling.name("evt-dispute"),
        "created": entry.at.as_second(),
        "data": { "object": {
            "id": format!("dp-{}-{opened}", telling.id),
            "charge": format!("ch-{}-{payment}", telling.id),
            "payment_intent": intent(telling, payment),
            "amount": entries[opened].amount,
            "status": status,
        } },
    });
    let mut said = telling.movement(step, patch);
    // Whoever hears how it ended knows that it began.
    said.shows[opened] = true;
    said.needs = Some(payment);
    vec![said]
}
