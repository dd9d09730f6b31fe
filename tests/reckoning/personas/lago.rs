//! Lago: snapshots of what changes the invoice, and movements for what is only entered beside it.

use jiff::Timestamp;
use serde_json::json;

use super::{Blind, Clock, Effect, Persona, Said, Telling, midnight, seconds};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "lago",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::PaidByHand,
        Kind::PaidByHand,
        Kind::CalledPaid,
        Kind::Credited,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::ChargebackWon,
        Kind::ChargebackLost,
        Kind::Voided,
        Kind::Touched,
        Kind::Touched,
    ],
    reopens: false,
    clock: Clock::Seconds,
    never_shown: &[],
    blind: &[
        Blind {
            kind: Kind::ChargedBack,
            effect: Effect::Silent,
            reason: "a dispute is told only when it is lost",
        },
        Blind {
            kind: Kind::ChargebackWon,
            effect: Effect::Silent,
            reason: "a dispute is told only when it is lost",
        },
        Blind {
            kind: Kind::ChargebackLost,
            effect: Effect::TakesAll,
            reason: "how much a lost dispute took back is not told",
        },
        Blind {
            kind: Kind::Credited,
            effect: Effect::CountsTwice,
            reason: "a credit note does not touch the invoice's `updated_at`",
        },
    ],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    let is_paid = || telling.stand(&telling.shown()).owed() == 0;
    let mut said = match telling.entry().kind {
        Kind::Issued => vec![invoice(telling, "created")],
        Kind::Paid if is_paid() => vec![
            payment(telling, "succeeded"),
            invoice(telling, "payment_status_updated"),
        ],
        Kind::Paid => vec![payment(telling, "succeeded")],
        Kind::PaidByHand if is_paid() => {
            vec![receipt(telling), invoice(telling, "payment_status_updated")]
        }
        Kind::PaidByHand => vec![receipt(telling)],
        Kind::CalledPaid => vec![invoice(telling, "payment_status_updated")],
        Kind::Credited | Kind::Refunded => vec![credit_note(telling)],
        Kind::ChargebackLost => vec![invoice(telling, "resynced")],
        Kind::Voided => vec![invoice(telling, "voided")],
        Kind::Touched if telling.n.is_multiple_of(2) => vec![invoice(telling, "resynced")],
        Kind::Touched => vec![invoice(telling, "payment_overdue")],
        _ => Vec::new(),
    };
    for (n, said) in said.iter_mut().enumerate() {
        let key = telling.name(&format!("key-{n}"));
        said.headers.push(("X-Lago-Unique-Key", key));
    }
    said
}

/// When the invoice itself was last changed: a credit note leaves it alone, and so does a resync.
fn touched_at(telling: &Telling<'_>) -> Timestamp {
    let entries = &telling.ledger.entries;
    let touches = |n: usize| match entries[n].kind {
        Kind::Credited | Kind::Refunded | Kind::ChargedBack | Kind::ChargebackWon => false,
        Kind::Touched => !n.is_multiple_of(2),
        _ => true,
    };
    let last = (0..=telling.n).rev().find(|n| touches(*n));
    entries[last.unwrap_or(0)].at
}

fn lost_at(telling: &Telling<'_>) -> Option<String> {
    let entries = &telling.ledger.entries[..=telling.n];
    let lost = entries
        .iter()
        .find(|entry| entry.kind == Kind::ChargebackLost);
    lost.map(|lost| seconds(lost.at))
}

fn invoice(telling: &Telling<'_>, kind: &str) -> Said {
    let mut shown = telling.shown();
    let stand = telling.stand(&shown);
    for (n, entry) in telling.ledger.entries.iter().enumerate() {
        if let (Kind::ChargebackLost, true, Some(opened)) = (entry.kind, shown[n], entry.of) {
            shown[opened] = true;
        }
    }
    let is_paid = stand.ended == Some(Kind::CalledPaid) || stand.owed() == 0;
    let due = match stand.ended {
        Some(Kind::CalledPaid) => stand.total - stand.credited - stand.paid,
        _ => stand.owed(),
    };
    let at = touched_at(telling);
    let patch = json!({
        "webhook_type": format!("invoice.{kind}"),
        "invoice": {
            "lago_id": telling.invoice(),
            "number": telling.number(),
            "status": if stand.ended == Some(Kind::Voided) { "voided" } else { "finalized" },
            "payment_status": if is_paid { "succeeded" } else { "pending" },
            "payment_dispute_lost_at": lost_at(telling),
            "payment_due_date": telling.due_on().to_string(),
            "total_amount_cents": stand.total,
            "total_paid_amount_cents": stand.paid,
            "total_due_amount_cents": due,
            "total_offsetted_credit_note_amount_cents": stand.credited,
            "updated_at": seconds(at),
            "customer": {
                "lago_id": telling.customer(),
                "email": telling.email(),
                "country": "GB",
                "timezone": "Europe/London",
                "billing_configuration": { "document_locale": "en" },
            },
        },
    });
    Said {
        at,
        shows: shown,
        ..telling.snapshot("opened", patch)
    }
}

fn paid(telling: &Telling<'_>, created_at: Timestamp) -> serde_json::Value {
    json!({
        "lago_id": telling.name("pay"),
        "invoice_ids": [telling.invoice()],
        "amount_cents": telling.entry().amount,
        "created_at": seconds(created_at),
    })
}

fn payment(telling: &Telling<'_>, kind: &str) -> Said {
    let patch = json!({
        "webhook_type": format!("payment.{kind}"),
        "payment": paid(telling, telling.entry().at),
    });
    telling.movement("paid_again", patch)
}

/// The payment bears the date that was typed; the receipt says when.
fn receipt(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let typed = midnight(entry.typed.unwrap_or(entry.at));
    let patch = json!({ "payment_receipt": {
        "lago_id": telling.name("receipt"),
        "payment": paid(telling, typed),
        "created_at": seconds(entry.at),
    } });
    telling.movement("part_paid", patch)
}

fn credit_note(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let (offset, refund) = match entry.kind {
        Kind::Refunded => (0, entry.amount),
        _ => (entry.amount, 0),
    };
    let patch = json!({ "credit_note": {
        "lago_id": telling.name("credit"),
        "lago_invoice_id": telling.invoice(),
        "total_amount_cents": entry.amount,
        "offset_amount_cents": offset,
        "refund_amount_cents": refund,
        "created_at": seconds(entry.at),
        "updated_at": seconds(entry.at),
    } });
    telling.movement("credited", patch)
}
