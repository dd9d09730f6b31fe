//! What each tool is asked, and what its answers say: `answers.json` of its fixtures.

use std::fmt::Write;

use dunning::billing::Collection;
use dunning::policy;
use dunning::value::{AccountId, BaseAddress, CustomerId, InvoiceId, Mode, SourceName};
use jiff::{SignedDuration, Timestamp};
use sources::Tool;
use sources::ask::{Answer, AskError, AskRequest, Asking, Key, Page, Place, Question, Reply};

use crate::answers::{Answered, answers};
use crate::{config, line};

/// A place to ask at, with what it borrows.
pub(crate) struct Where {
    pub(crate) settings: policy::Source,
    pub(crate) source: SourceName,
    pub(crate) account: Option<AccountId>,
}

impl Where {
    pub(crate) fn of(tool: &str, answered: &Answered) -> Self {
        let base = |text: &String| BaseAddress::parse(text).unwrap();
        let account = |text: &String| AccountId::parse(text.as_str()).unwrap();
        Self {
            settings: policy::Source {
                api: answered.api.as_ref().map(base),
                account: answered.account.clone(),
                ..config()
            },
            source: SourceName::parse(tool).unwrap(),
            account: answered.realm.as_ref().map(account),
        }
    }

    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            settings: &self.settings,
            source: &self.source,
            account: self.account.as_ref(),
        }
    }
}

pub(crate) fn question((kind, id): &(String, Option<String>)) -> Question {
    let id = id.clone().unwrap_or_default();
    let invoice = || InvoiceId::parse(id.as_str()).unwrap();
    let customer = || CustomerId::parse(id.as_str()).unwrap();
    match kind.as_str() {
        "invoice" => Question::Invoice(invoice()),
        "open_of" => Question::OpenOf(customer()),
        "all_open" => Question::AllOpen,
        "issued_since" => Question::IssuedSince(id),
        "unapplied" => Question::Unapplied(customer()),
        "customer" => Question::Customer(customer()),
        "pdf" => Question::Pdf(invoice()),
        other => panic!("nobody asks for {other}"),
    }
}

pub(crate) fn key() -> Key {
    Key::parse("key-of-the-tests").unwrap()
}

/// The answer at nine, which took 300 ms.
pub(crate) fn read(
    asking: &Asking<'_>,
    place: &Place<'_>,
    question: &Question,
    page: Option<&Page>,
    body: &[u8],
) -> Result<Reply, AskError> {
    let date = (
        "Date".to_owned(),
        "Mon, 01 Mar 2027 09:00:00 GMT".to_owned(),
    );
    let answer = Answer {
        status: 200,
        headers: &[date],
        body,
        asked_at: "2027-03-01T09:00:00.2Z".parse::<Timestamp>().unwrap(),
        took: SignedDuration::from_millis(300),
    };
    // Of the one tool that does not say who moves first, that is known.
    let knows = place.source.as_str() == "chargebee" && question.invoice().is_some();
    let collection = knows.then_some(Collection::SendInvoice);
    asking.read_knowing(collection, place, question, page, &answer)
}

fn shown(request: &AskRequest) -> String {
    let mut text = format!("{} {}", request.method.as_str(), request.url);
    for (name, value) in &request.headers {
        write!(text, "\n    {name}: {value}").unwrap();
    }
    if let Some(body) = &request.body {
        write!(text, "\n    {}", String::from_utf8_lossy(body)).unwrap();
    }
    text
}

/// The tools that can be asked.
fn tools() -> Vec<(&'static str, Tool)> {
    let tools = Tool::builtin_names().map(|name| (name, Tool::builtin(name).unwrap()));
    tools
        .filter(|(_, tool)| tool.asking().unwrap().is_some())
        .collect()
}

#[test]
fn each_question_to_each_tool_is_a_request_and_its_answer_is_understood() {
    let tools = tools();
    assert!(tools.iter().any(|(name, _)| *name == "stripe"));
    for (name, tool) in tools {
        let asking = tool.asking().unwrap().unwrap();
        let mut text = String::new();
        for (what, answered) in answers(name) {
            let place = Where::of(name, &answered);
            let place = place.place();
            let question = question(&answered.question);
            let request = asking.request(&key(), &place, &question, None);
            let request = request.unwrap_or_else(|why| panic!("{name} {what}: {why}"));
            writeln!(text, "{what}: {}", shown(&request)).unwrap();
            let body = answered.body(name);
            let reply = read(&asking, &place, &question, None, &body);
            let reply = reply.unwrap_or_else(|why| panic!("{name} {what}: {why}"));
            assert_eq!(reply.nonsense, [], "{name} {what}");
            for said in &reply.said {
                writeln!(text, "=> {}", line(said)).unwrap();
            }
            if let Some(pdf) = &reply.pdf {
                writeln!(text, "=> {pdf:?}").unwrap();
            }
            if let Some(next) = &reply.next {
                let request = asking.request(&key(), &place, &question, Some(next));
                writeln!(text, "next: {}", shown(&request.unwrap())).unwrap();
            }
        }
        insta::assert_snapshot!(format!("{name}_answers"), text);
    }
}

#[test]
fn whatever_a_tool_can_be_asked_stands_among_its_fixtures() {
    for (name, tool) in tools() {
        let asking = tool.asking().unwrap().unwrap();
        let shown: Vec<_> = answers(name)
            .values()
            .map(|answered| question(&answered.question).kind())
            .collect();
        for kind in sources::ask::Kind::ALL {
            assert_eq!(asking.can(kind), shown.contains(&kind), "{name}: {kind:?}");
        }
    }
}

#[test]
fn the_answers_of_a_tool_that_is_not_asked_are_nobodys() {
    for name in Tool::builtin_names() {
        let is_asked = Tool::builtin(name).unwrap().asking().unwrap().is_some();
        assert_eq!(is_asked, !answers(name).is_empty(), "{name}");
    }
}

#[test]
fn no_key_shows_in_what_is_printed_of_a_request() {
    for (name, tool) in tools() {
        let asking = tool.asking().unwrap().unwrap();
        for answered in answers(name).values() {
            let place = Where::of(name, answered);
            let question = question(&answered.question);
            let request = asking.request(&key(), &place.place(), &question, None);
            let printed = format!("{:?}", request.unwrap());
            assert!(!printed.contains("key-of-the-tests"), "{printed}");
        }
    }
}

#[test]
fn an_answer_with_truncated_json_is_refused_wherever_it_breaks_off() {
    for (name, tool) in tools() {
        let asking = tool.asking().unwrap().unwrap();
        for (what, answered) in answers(name) {
            let place = Where::of(name, &answered);
            let question = question(&answered.question);
            let body = answered.body(name);
            for part in 1..8 {
                let cut = &body[..body.len() * part / 8];
                let read = read(&asking, &place.place(), &question, None, cut);
                let is_refused = matches!(
                    read,
                    Err(AskError::Unreadable { .. } | AskError::NotJson | AskError::NoPdf)
                );
                assert!(is_refused, "{name} {what}: {read:?}");
            }
        }
    }
}

#[test]
fn an_answer_about_another_invoice_or_customer_is_refused() {
    for (name, tool) in tools() {
        let asking = tool.asking().unwrap().unwrap();
        for (what, answered) in answers(name) {
            let mut other = answered.question.clone();
            let names_one = !["pdf", "issued_since"].contains(&other.0.as_str());
            let Some(id) = other.1.as_mut().filter(|_| names_one) else {
                continue;
            };
            *id = "4711".to_owned();
            let place = Where::of(name, &answered);
            let body = answered.body(name);
            let read = read(&asking, &place.place(), &question(&other), None, &body);
            let is_refused = matches!(read, Err(AskError::OtherInvoice | AskError::OtherCustomer));
            let says_nothing = read.as_ref().is_ok_and(|reply| reply.said.is_empty());
            assert!(is_refused || says_nothing, "{name} {what}: {read:?}");
        }
    }
}

#[test]
fn each_tool_says_which_key_to_make_and_how_often_it_may_be_asked() {
    for (name, tool) in tools() {
        let asking = tool.asking().unwrap().unwrap();
        assert!(asking.key_to_make().len() > 20, "{name}");
        assert!(asking.pace().between > SignedDuration::ZERO, "{name}");
        for mode in [Mode::Live, Mode::Test] {
            if asking.check_key(&key(), mode).is_err() {
                let why = asking.check_key(&key(), mode).unwrap_err().to_string();
                assert!(!why.contains("key-of-the-tests"), "{name}: {why}");
            }
        }
    }
}

/// The blocks of that language in the crate's README.
fn blocks(language: &str) -> Vec<String> {
    let readme = include_str!("../../README.md");
    let fence = format!("```{language}\n");
    let blocks = readme.split(fence.as_str()).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_tool_of_the_readme_can_be_asked() {
    let folder = std::env::temp_dir().join(format!("relance-asking-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("sources")).unwrap();
    let manifest = blocks("toml").concat();
    std::fs::write(folder.join("sources/acme.toml"), &manifest).unwrap();
    std::fs::write(folder.join("sources/acme.jq"), "empty").unwrap();
    let tool = Tool::find("acme", &folder).unwrap();
    let place = Where {
        settings: config(),
        source: SourceName::parse("acme").unwrap(),
        account: None,
    };
    let asking = tool.asking().unwrap().unwrap();
    let invoice = Question::Invoice(InvoiceId::parse("R-1").unwrap());
    let request = asking.request(&key(), &place.place(), &invoice, None);
    assert_eq!(
        request.unwrap().url,
        "https://api.acme.example/v2/invoices/R-1"
    );
    let body = br#"{"invoices": [], "next": "c-2"}"#;
    let reply = read(&asking, &place.place(), &Question::AllOpen, None, body).unwrap();
    let next = asking.request(
        &key(),
        &place.place(),
        &Question::AllOpen,
        reply.next.as_ref(),
    );
    let wanted = "https://api.acme.example/v2/invoices?state=open&after=c-2";
    assert_eq!(next.unwrap().url, wanted);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_way_to_ask_that_cannot_be_meant_is_refused_in_words() {
    let folder = std::env::temp_dir().join(format!("relance-asked-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("sources")).unwrap();
    std::fs::write(folder.join("sources/acme.jq"), "empty").unwrap();
    let sound = blocks("toml").concat();
    for (place, instead, words) in [
        ("/v2/invoices/{invoice}", "/v2/invoices/1", "{invoice}"),
        ("/v2/invoices/{invoice}", "v2/{invoice}", "slash"),
        ("/v2/invoices/{invoice}", "/../{invoice}", "slash"),
        ("/v2/invoices/{invoice}", "/{invoice}?x=1", "slash"),
        ("/v2/invoices/{invoice}", "/{bill}", "bill"),
        ("state = \"open\"", "state = \"{customer}\"", "{customer}"),
        ("items = \"/invoices\"", "", "items"),
        (
            "https://api.acme.example",
            "http://api.acme.example",
            "address",
        ),
        ("form = \"bearer\"", "form = \"cookie\"", "cookie"),
        (
            "form = \"cursor\", parameter = \"after\", next = \"/next\"",
            "form = \"number\", parameter = \"page\"",
            "when they end",
        ),
        ("per_minute = 60", "per_minute = 0", "per_minute"),
        ("make =", "makes =", "makes"),
    ] {
        assert!(sound.contains(place), "{place}");
        std::fs::write(
            folder.join("sources/acme.toml"),
            sound.replace(place, instead),
        )
        .unwrap();
        let tool = Tool::find("acme", &folder).unwrap();
        let why = tool.asking().err().map(|why| why.to_string());
        let why = why.unwrap_or_else(|| panic!("{instead} was taken"));
        assert!(why.contains(words), "{instead}: {why}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
