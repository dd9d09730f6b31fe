//! A sender of one's own, which can say all there is to say.

use serde_json::{Value, json};

use super::{Clock, Persona, Said, Style, Telling, decimal, seconds};
use crate::ledger::Kind;

pub(super) const PERSONA: Persona = Persona {
    tool: "standard-webhooks",
    kinds: &[
        Kind::Paid,
        Kind::Paid,
        Kind::PaidByHand,
        Kind::CalledPaid,
        Kind::PaymentUndone,
        Kind::Credited,
        Kind::CreditUndone,
        Kind::Refunded,
        Kind::ChargedBack,
        Kind::ChargebackWon,
        Kind::ChargebackLost,
        Kind::WrittenOff,
        Kind::WriteOffUndone,
        Kind::Voided,
        Kind::Touched,
    ],
    reopens: true,
    clock: Clock::Seconds,
    never_shown: &[],
    blind: &[],
    tell,
};

fn tell(telling: &Telling<'_>) -> Vec<Said> {
    let kind = telling.entry().kind;
    let apart = match kind {
        // What is lost stays as it was: it is shown once more.
        Kind::Issued | Kind::WriteOffUndone | Kind::Touched | Kind::ChargebackLost => None,
        Kind::CalledPaid => Some(ended(telling, "paid")),
        Kind::WrittenOff => Some(ended(telling, "uncollectible")),
        Kind::Voided => Some(ended(telling, "void")),
        _ => Some(moved(telling)),
    };
    let mut said = match (apart, telling.style) {
        (None, _) | (_, Style::Snapshots) => vec![snapshot(telling)],
        (Some(apart), Style::Movements) => vec![apart],
        (Some(apart), Style::Both) => vec![apart, snapshot(telling)],
    };
    for (n, said) in said.iter_mut().enumerate() {
        let id = telling.name(&format!("evt-{n}"));
        said.headers.push(("webhook-id", id));
    }
    said
}

fn body(telling: &Telling<'_>, data: Value) -> Value {
    let at = seconds(telling.persona.clock(telling.entry().at));
    json!({ "timestamp": at, "data": data })
}

fn snapshot(telling: &Telling<'_>) -> Said {
    let stand = telling.stand(&telling.shown());
    let status = match stand.ended {
        Some(Kind::Voided) => "void",
        Some(Kind::WrittenOff) => "uncollectible",
        Some(_) => "paid",
        None if stand.owed() == 0 => "paid",
        None => "open",
    };
    let data = json!({
        "customer": telling.customer(),
        "invoice": {
            "id": telling.invoice(),
            "number": telling.number(),
            "status": status,
            "total": decimal(stand.total - stand.credited),
            "remaining": decimal(stand.owed()),
            "due_on": telling.due_on().to_string(),
        },
        "debtor": {
            "email": telling.email(),
            "language": "en",
            "country": "GB",
            "time_zone": "Europe/London",
        },
    });
    telling.snapshot("opened", body(telling, data))
}

/// An amount of nothing under the same id undoes what was said.
fn moved(telling: &Telling<'_>) -> Said {
    let entry = telling.entry();
    let (about, amount) = match entry.kind {
        Kind::PaymentUndone | Kind::CreditUndone | Kind::ChargebackWon => {
            (entry.of.expect("it undoes one"), 0)
        }
        _ => (telling.n, entry.amount),
    };
    let kind = match telling.ledger.entries[about].kind {
        Kind::Credited => "credit",
        Kind::Refunded => "refund",
        Kind::ChargedBack => "reversal",
        _ => "payment",
    };
    let data = json!({ "movement": {
        "kind": kind,
        "id": format!("mov-{}-{about}", telling.id),
        "invoice": telling.invoice(),
        "amount": decimal(amount),
    } });
    let mut said = telling.movement("payment", body(telling, data));
    said.shows[about] = true;
    // How much less it is now, only those know who were told how much it was.
    said.needs = (amount == 0).then_some(about);
    said
}

fn ended(telling: &Telling<'_>, status: &str) -> Said {
    let data = json!({ "ended": { "invoice": telling.invoice(), "status": status } });
    telling.movement("paid", body(telling, data))
}
