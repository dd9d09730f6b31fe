//! What is understood of what a tool says, for a person.

use dunning::billing::{CustomerFacts, Happened, Left, Pending, Silence, Subject};
use dunning::value::PaymentId;
use sources::Translation;

/// One thing that was understood.
pub(super) fn say(said: &Translation) {
    match said {
        Translation::Invoice(event) => {
            let facts = &event.invoice;
            let due = facts.due_on.map_or_else(
                || "no due date".to_owned(),
                |due_on| format!("due on {due_on}"),
            );
            let number = facts.number.as_deref().unwrap_or(facts.id.as_str());
            println!(
                "=> {}: invoice {number} of {} is {}, {} of {} to be paid, {due}",
                event.kind,
                event.customer,
                word(facts.status),
                facts.remaining,
                facts.total
            );
        }
        Translation::Movement(event) => {
            let subject = match &event.subject {
                Subject::Invoice(invoice) => format!("invoice {invoice}"),
                Subject::Payment(payment) => format!("the invoice of payment {payment}"),
            };
            match &event.what {
                Happened::Moved { id, movement, .. } => println!(
                    "=> {}: {} {id} of {}, for {subject}",
                    event.kind,
                    word(movement.kind),
                    movement.amount
                ),
                Happened::Ended(status) => {
                    println!("=> {}: {subject} is {}", event.kind, word(status));
                }
                Happened::Silenced(silence) => {
                    println!(
                        "=> {}: {subject} is quiet: {}",
                        event.kind,
                        reasons(silence)
                    );
                }
                Happened::Pending { payment, pending } => {
                    println!("=> {}: {}", event.kind, payment_line(payment, pending));
                }
            }
        }
        Translation::Customer(event) => {
            println!("=> {}: customer {}", event.kind, event.customer);
            show_facts(&event.facts);
        }
        Translation::Ignored { kind } => {
            println!("=> {kind}: says nothing about an invoice; acknowledged");
        }
        Translation::OtherMode { kind, mode, .. } => {
            println!(
                "=> {kind}: {} mode, which this source does not take",
                mode.as_str()
            );
        }
    }
}

/// A status or a kind as the canonical event names it.
fn word(named: impl std::fmt::Debug) -> String {
    format!("{named:?}").to_lowercase()
}

/// What is told of a customer apart from what it is like.
fn show_facts(facts: &CustomerFacts) {
    if let Some(deleted) = &facts.deleted {
        let again = if deleted.value {
            "is deleted"
        } else {
            "is there again"
        };
        println!("   it {again}");
    }
    for (payment, told) in &facts.payments {
        println!("   {}", payment_line(payment, &told.value));
    }
    for unapplied in facts.unapplied.values() {
        println!(
            "   {} of its money is on no invoice",
            unapplied.latest.value
        );
    }
}

/// Why nothing, or less, is asked for by an event that makes no sense otherwise.
fn reasons(silence: &Silence) -> String {
    let left = silence.left.map(|left| match left {
        Left::Nothing => "nothing is left to pay".to_owned(),
        Left::Money(money) => format!("{money} is left to pay"),
    });
    let not_before = silence.not_before.map(|day| format!("not before {day}"));
    let pending = silence.payment_pending_until;
    let pending = pending.map(|day| format!("a payment is on its way until {day}"));
    let is_so = |is_so: bool, what: &str| is_so.then(|| what.to_owned());
    let reasons = [
        is_so(silence.draft, "it is a draft"),
        left,
        is_so(
            silence.charged_automatically,
            "the tool charges it by itself",
        ),
        is_so(silence.left_alone, "the tool wants it left alone"),
        not_before,
        pending,
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    reasons.join(", ")
}

fn payment_line(payment: &PaymentId, pending: &Pending) -> String {
    let what_for = pending.invoice.as_ref();
    let what_for = what_for.map_or_else(
        || "of the customer".to_owned(),
        |invoice| format!("for invoice {invoice}"),
    );
    match pending.until {
        Some(until) => format!("payment {payment} {what_for} is under way, until {until}"),
        None => format!("payment {payment} {what_for} has ended"),
    }
}
