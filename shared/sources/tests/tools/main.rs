//! What each tool's payloads say, in our words; and what makes no sense in those that say nothing.

#[path = "../../../../tests/fixtures/answers.rs"]
mod answers;
#[path = "../../../../tests/fixtures/stripe/mod.rs"]
mod stripe;
#[path = "../../../../tests/fixtures/tools.rs"]
mod tools;

mod answering;
mod anything;
mod ask_keys;
mod asking;
mod faults;
mod hostile;
mod listed;
mod metadata;
mod proofs;
mod silence;

use std::fmt::Write;

use dunning::billing::{Happened, Subject};
use dunning::policy;
use dunning::value::{SourceName, Zone};
use sources::{Request, Tool, Translation, Translations};

use crate::tools::{Payload, TOOLS, names, payload};

fn config() -> policy::Source {
    policy::Source {
        url: Some("https://example.com/webhooks/square".to_owned()),
        chase_failed_charges: true,
        ..policy::Source::usual(Zone::parse("Europe/Paris").unwrap())
    }
}

/// All that a request says. Its proof is another test's matter.
fn read(tool: &str, request: &Payload) -> Translations {
    let headers: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let its = Tool::builtin(tool).unwrap();
    let name = SourceName::parse(tool).unwrap();
    let request = Request::new(&headers, &request.body);
    its.translate_unverified(request, &config(), &name).unwrap()
}

/// One line of what is said.
fn line(said: &Translation) -> String {
    match said {
        Translation::Invoice(event) => {
            let debtor = event.debtor.as_ref().map_or("-".to_owned(), json);
            let failed = event
                .charge_failed_at
                .map_or(String::new(), |at| format!(", charge failed at {at}"));
            format!(
                "[{} {}] at {}{failed}\n    of {} in {}\n    {}\n    debtor of {}: {debtor}",
                event.kind,
                event.id,
                order(event.order),
                event.customer,
                event.realm,
                json(&event.invoice),
                order(event.debtor_order),
            )
        }
        Translation::Movement(event) => {
            let subject = match &event.subject {
                Subject::Invoice(invoice) => format!("invoice {invoice}"),
                Subject::Payment(payment) => format!("payment {payment}"),
            };
            let fact = match &event.what {
                Happened::Moved {
                    id,
                    movement,
                    was,
                    payment,
                } => {
                    let was = was.map_or(String::new(), |was| {
                        format!(", which was {} since {}", was.amount, was.since)
                    });
                    let payment = payment
                        .as_ref()
                        .map_or(String::new(), |id| format!(" by {id}"));
                    format!(
                        "{:?} {id} of {}{was}{payment}",
                        movement.kind, movement.amount
                    )
                }
                Happened::Ended(status) => format!("ended: {status:?}"),
                Happened::Silenced(silence) => format!("silenced: {}", json(silence)),
                Happened::Pending { payment, pending } => {
                    format!("payment {payment}: {}", json(pending))
                }
            };
            format!(
                "[{} {}] at {}\n    {subject} in {}\n    {fact}",
                event.kind,
                event.id,
                order(event.order),
                event.realm
            )
        }
        Translation::Customer(event) => {
            let mut text = format!(
                "[{} {}]\n    {} in {}",
                event.kind, event.id, event.customer, event.realm
            );
            if let Some(debtor) = &event.debtor {
                let (order, debtor) = (order(debtor.order), json(&debtor.value));
                write!(text, "\n    debtor of {order}: {debtor}").unwrap();
            }
            if !event.facts.is_empty() {
                write!(text, "\n    {}", json(&event.facts)).unwrap();
            }
            text
        }
        Translation::Ignored { kind } => format!("[{kind}] says nothing"),
        Translation::OtherMode { kind, mode, .. } => format!("[{kind}] {} mode", mode.as_str()),
    }
}

fn order(order: dunning::billing::Order) -> String {
    match order.version {
        Some(version) => format!("{} ({version})", order.at),
        None => order.at.to_string(),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn each_payload_of_each_tool_is_understood() {
    for tool in TOOLS {
        let mut text = String::new();
        for step in names(tool, "steps.json") {
            for said in read(tool, &payload(tool, &step)) {
                let said = said.unwrap_or_else(|nonsense| panic!("{tool} {step}: {nonsense}"));
                writeln!(text, "{step}: {}", line(&said)).unwrap();
            }
        }
        insta::assert_snapshot!(format!("{tool}_steps"), text);
    }
}

#[test]
fn each_refusal_of_each_tool_names_its_field_and_the_reason() {
    for tool in TOOLS {
        let mut text = String::new();
        for step in names(tool, "refusals.json") {
            let said = read(tool, &payload(tool, &step));
            let Some(Err(nonsense)) = said.into_iter().find(Result::is_err) else {
                panic!("{tool} {step} made sense");
            };
            let id = nonsense.event.as_ref().map_or("no id", |id| id.as_str());
            writeln!(text, "{step}: {nonsense} [{id}]").unwrap();
        }
        insta::assert_snapshot!(format!("{tool}_refusals"), text);
    }
}

#[test]
fn every_built_in_tool_is_sound() {
    for name in Tool::builtin_names() {
        assert_eq!(
            Tool::builtin(name).unwrap().check(&config()),
            Ok(()),
            "{name}"
        );
    }
}
