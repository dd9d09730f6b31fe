//! What a tool may answer beside what was asked for. Stripe stands for all; what is read of an answer is one code.

use dunning::billing::Collection;
use dunning::value::{AccountId, SourceName};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sources::ask::{Answer, AskError, Kind, Place, Question, Reply};
use sources::{Tool, Translation};

use crate::answers::answers;
use crate::asking::{Where, key, question};

const INVOICE: &str = "in_1QWbY2LkQvB8xT4dH7nRsPqE";

fn tool() -> Tool {
    Tool::builtin("stripe").unwrap()
}

fn stripe(name: &str) -> (Where, Question, Value) {
    let answered = answers("stripe").remove(name).unwrap();
    let place = Where::of("stripe", &answered);
    let body = serde_json::from_slice(&answered.body("stripe")).unwrap();
    (place, question(&answered.question), body)
}

/// Its answer, as that status with these headers.
fn answer(
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
    name: &str,
) -> Result<Reply, AskError> {
    let (place, question, _) = stripe(name);
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let answer = Answer {
        status,
        headers: &headers,
        body,
        asked_at: "2027-03-01T09:00:00Z".parse::<Timestamp>().unwrap(),
        took: SignedDuration::from_millis(300),
    };
    let tool = tool();
    let asking = tool.asking().unwrap().unwrap();
    asking.read(&place.place(), &question, None, &answer)
}

fn altered(name: &str, alter: impl Fn(&mut Value)) -> Result<Reply, AskError> {
    let (_, _, mut body) = stripe(name);
    alter(&mut body);
    answer(200, &[], body.to_string().as_bytes(), name)
}

#[test]
fn an_invoice_that_the_tool_does_not_have_is_none_by_its_own_word_alone() {
    let missing = json!({"error": {"code": "resource_missing", "type": "invalid_request_error"}});
    let missing = missing.to_string();
    let none = answer(404, &[], missing.as_bytes(), "open");
    assert_eq!(none, Err(AskError::NoSuchInvoice));
    assert_eq!(
        answer(404, &[], missing.as_bytes(), "cash"),
        Err(AskError::NoSuchCustomer)
    );
    // A wrong address, or whoever stands in between, has no such page either.
    for body in [
        "<html>Not Found</html>",
        "",
        "{}",
        "{\"error\": {\"code\": \"other\"}}",
    ] {
        let unavailable = answer(404, &[], body.as_bytes(), "open");
        assert_eq!(
            unavailable,
            Err(AskError::Unavailable { status: 404 }),
            "{body}"
        );
    }
    let list = answer(404, &[], missing.as_bytes(), "all open, and more");
    assert_eq!(list, Err(AskError::Unavailable { status: 404 }));
}

#[test]
fn each_status_has_its_effect() {
    let after =
        |status, headers: &[(&str, &str)]| answer(status, headers, b"{}", "open").unwrap_err();
    assert_eq!(after(401, &[]), AskError::KeyRefused { status: 401 });
    assert_eq!(after(403, &[]), AskError::NotAllowed { status: 403 });
    assert_eq!(after(429, &[]), AskError::TooMany { retry_after: None });
    let pause = Some(SignedDuration::from_secs(12));
    assert_eq!(
        after(429, &[("retry-after", "12")]),
        AskError::TooMany { retry_after: pause }
    );
    let date = [
        ("Date", "Mon, 01 Mar 2027 09:00:00 GMT"),
        ("Retry-After", "Mon, 01 Mar 2027 09:00:12 GMT"),
    ];
    assert_eq!(after(429, &date), AskError::TooMany { retry_after: pause });
    for status in [301, 302, 303, 307, 308] {
        let away = [("Location", "https://evil.example/")];
        assert_eq!(after(status, &away), AskError::Redirected, "{status}");
    }
    for status in [400, 402, 405, 422] {
        assert_eq!(after(status, &[]), AskError::NotUnderstood { status });
    }
    for status in [100, 408, 500, 502, 503, 504] {
        assert_eq!(after(status, &[]), AskError::Unavailable { status });
    }
}

#[test]
fn a_page_for_people_is_no_answer_though_its_status_is_200() {
    for body in ["<html>Sign in</html>", "", "  ", "OK", "\"open\"", "null"] {
        let read = answer(200, &[], body.as_bytes(), "open");
        assert_eq!(read, Err(AskError::NotJson), "{body:?}");
    }
    for body in ["{\"id\": ", "[1, 2", "[]", "{} {}"] {
        let read = answer(200, &[], body.as_bytes(), "open");
        assert!(
            matches!(read, Err(AskError::Unreadable { .. })),
            "{body:?}: {read:?}"
        );
    }
    let without_a_list = answer(200, &[], b"{\"object\": \"list\"}", "open of a customer");
    assert!(matches!(without_a_list, Err(AskError::Unreadable { .. })));
}

#[test]
fn an_answer_that_is_larger_than_any_is_not_read() {
    let (_, _, body) = stripe("open");
    let mut large = body.to_string().into_bytes();
    large.resize(Kind::Invoice.largest_answer(), b' ');
    assert!(answer(200, &[], &large, "open").is_ok());
    large.push(b' ');
    let most = Kind::Invoice.largest_answer();
    assert_eq!(
        answer(200, &[], &large, "open"),
        Err(AskError::TooLarge { most })
    );
}

#[test]
fn an_answer_about_something_else_is_refused() {
    let other = altered("open", |body| body["id"] = "in_other".into());
    assert_eq!(other, Err(AskError::OtherInvoice));
    let other = altered("open of a customer", |body| {
        body["data"][0]["customer"] = "cus_other".into();
    });
    assert_eq!(other, Err(AskError::OtherCustomer));
    for name in ["open", "cash", "customer"] {
        let other = altered(name, |body| body["livemode"] = false.into());
        assert_eq!(other, Err(AskError::OtherMode), "{name}");
    }
    let other = altered("open of a customer", |body| {
        body["data"][0]["livemode"] = false.into();
    });
    assert_eq!(other, Err(AskError::OtherMode));
    let other = altered("open", |body| body["object"] = "charge".into());
    assert_eq!(other, Err(AskError::Silent));
}

#[test]
fn a_field_that_makes_no_sense_is_named_and_what_silences_is_not_lost() {
    let bad = altered("open", |body| body["amount_remaining"] = "much".into());
    let Err(AskError::Nonsense(nonsense)) = bad else {
        panic!("{bad:?}");
    };
    assert_eq!(nonsense.field, "invoice.remaining");
    let half = altered("paid", |body| body["customer"] = Value::Null).unwrap();
    assert_eq!(half.nonsense.len(), 1);
    assert!(
        matches!(&half.said[..], [Translation::Movement(_)]),
        "{half:?}"
    );
    // Of a list the others count all the same.
    let list = altered("open of a customer", |body| {
        let mut bad = body["data"][0].clone();
        bad["amount_remaining"] = "much".into();
        body["data"].as_array_mut().unwrap().insert(0, bad);
    });
    let list = list.unwrap();
    assert_eq!((list.said.len(), list.nonsense.len()), (1, 1));
}

#[test]
fn an_answer_is_as_of_its_date_less_the_time_that_it_took() {
    let (_, _, body) = stripe("open");
    let body = body.to_string();
    let order = |headers: &[(&str, &str)]| {
        let reply = answer(200, headers, body.as_bytes(), "open").unwrap();
        let [Translation::Invoice(event)] = &reply.said[..] else {
            panic!("{reply:?}");
        };
        assert!(event.id.as_str().starts_with("asked-"), "{}", event.id);
        (event.order.at.to_string(), event.id.clone())
    };
    let (at, id) = order(&[("Date", "Mon, 01 Mar 2027 08:59:30 GMT")]);
    assert_eq!(at, "2027-03-01T08:59:29Z");
    let (later, other) = order(&[("Date", "Mon, 01 Mar 2027 08:59:31 GMT")]);
    assert_eq!(later, "2027-03-01T08:59:30Z");
    assert_ne!(id, other, "each look is an event of its own");
    let (same, again) = order(&[("Date", "Mon, 01 Mar 2027 08:59:30 GMT")]);
    assert_eq!((at, id), (same, again), "the same answer is the same event");
    assert_eq!(order(&[]).0, "2027-03-01T09:00:00Z");
}

/// Goes through pages until there are no more.
fn pages(each: impl Fn(usize) -> Value, most: usize) -> Result<usize, AskError> {
    let (place, question, _) = stripe("all open, and more");
    let tool = tool();
    let asking = tool.asking().unwrap().unwrap();
    let mut page = None;
    for number in 0..most {
        asking
            .request(&key(), &place.place(), &question, page.as_ref())
            .unwrap();
        let body = each(number).to_string();
        let reply = crate::asking::read(
            &asking,
            &place.place(),
            &question,
            page.as_ref(),
            body.as_bytes(),
        )?;
        page = reply.next;
        if page.is_none() {
            return Ok(number + 1);
        }
    }
    panic!("a list of {most} pages goes on");
}

#[test]
fn a_list_that_comes_back_to_where_it_was_is_left() {
    let (_, _, one) = stripe("all open, and more");
    let of = |id: String, more: bool| {
        let mut page = one.clone();
        page["data"][0]["id"] = id.into();
        page["has_more"] = more.into();
        page
    };
    assert_eq!(
        pages(|number| of(format!("in_{number}"), number < 30), 100),
        Ok(31)
    );
    assert_eq!(
        pages(|_| of("in_same".to_owned(), true), 10),
        Err(AskError::PageRepeats)
    );
    for circle in [2, 3, 8] {
        let circle = pages(|number| of(format!("in_{}", number % circle), true), 100);
        assert_eq!(circle, Err(AskError::PageRepeats));
    }
    let empty = |_| json!({"object": "list", "data": [], "has_more": true});
    assert_eq!(pages(empty, 10), Err(AskError::PageRepeats));
}

#[test]
fn no_id_leads_a_request_elsewhere() {
    let (place, _, _) = stripe("open");
    let source = SourceName::parse("stripe").unwrap();
    let place = Place {
        source: &source,
        ..place.place()
    };
    let tool = tool();
    let asking = tool.asking().unwrap().unwrap();
    let url = |id: &str| {
        let question = Question::Invoice(dunning::value::InvoiceId::parse(id).unwrap());
        asking
            .request(&key(), &place, &question, None)
            .map(|request| request.url)
    };
    let asked = "https://api.stripe.com/v1/invoices/";
    let expanded = "?expand%5B%5D=payments.data.payment.payment_intent";
    assert_eq!(url(INVOICE).unwrap(), format!("{asked}{INVOICE}{expanded}"));
    for (id, written) in [
        ("../customers", "..%2Fcustomers"),
        ("x?y=1&z", "x%3Fy%3D1%26z"),
        ("@evil.example/", "%40evil.example%2F"),
    ] {
        assert_eq!(url(id).unwrap(), format!("{asked}{written}{expanded}"));
    }
    assert!(url("..").is_err());
}

#[test]
fn what_a_tool_does_not_tell_of_an_invoice_is_not_guessed() {
    let answered = answers("chargebee").remove("due").unwrap();
    let place = Where::of("chargebee", &answered);
    let question = question(&answered.question);
    let body = answered.body("chargebee");
    let answer = Answer {
        status: 200,
        headers: &[],
        body: &body,
        asked_at: "2027-03-01T09:00:00Z".parse::<Timestamp>().unwrap(),
        took: SignedDuration::ZERO,
    };
    let tool = Tool::builtin("chargebee").unwrap();
    let asking = tool.asking().unwrap().unwrap();
    let read = |known| asking.read_knowing(known, &place.place(), &question, None, &answer);
    assert!(matches!(read(None), Err(AskError::Nonsense(_))));
    for known in [Collection::SendInvoice, Collection::ChargeAutomatically] {
        let reply = read(Some(known)).unwrap();
        let [Translation::Invoice(event)] = &reply.said[..] else {
            panic!("{reply:?}");
        };
        assert_eq!(event.invoice.collection, known);
    }
}

/// The next page of Paddle's list, by the link that it gives.
fn next_of_paddle(link: &str) -> Result<Reply, AskError> {
    let answered = answers("paddle").remove("all open, and more").unwrap();
    let place = Where::of("paddle", &answered);
    let mut body: Value = serde_json::from_slice(&answered.body("paddle")).unwrap();
    body["meta"]["pagination"]["next"] = link.into();
    let tool = Tool::builtin("paddle").unwrap();
    let asking = tool.asking().unwrap().unwrap();
    let question = question(&answered.question);
    crate::asking::read(
        &asking,
        &place.place(),
        &question,
        None,
        body.to_string().as_bytes(),
    )
}

#[test]
fn a_link_leads_to_the_next_page_of_the_same_list_and_nowhere_else() {
    let on = next_of_paddle("https://api.paddle.com/transactions?after=txn_1").unwrap();
    assert!(on.next.is_some());
    assert!(next_of_paddle("/transactions?after=txn_1").is_ok());
    for elsewhere in [
        "https://evil.example/transactions?after=txn_1",
        "https://api.paddle.com.evil.example/transactions?after=txn_1",
        "https://api.paddle.com@evil.example/transactions?after=txn_1",
        "//evil.example/transactions?after=txn_1",
        "http://api.paddle.com/transactions?after=txn_1",
        "https://api.paddle.com/customers?after=txn_1",
        "https://api.paddle.com/transactions/../customers?x",
        "https://api.paddle.com/transactions",
        "https://api.paddle.com/transactions?x\r\nHost: evil.example",
        "/transactions?after=a b",
    ] {
        let read = next_of_paddle(elsewhere);
        assert_eq!(read, Err(AskError::Redirected), "{elsewhere:?}");
    }
}

#[test]
fn an_account_that_must_be_known_is_asked_for_in_words() {
    let why = |tool: &str, answered: &crate::answers::Answered| {
        let place = Where::of(tool, answered);
        let tool = Tool::builtin(tool).unwrap();
        let asking = tool.asking().unwrap().unwrap();
        let request = asking.request(&key(), &place.place(), &question(&answered.question), None);
        request.unwrap_err().to_string()
    };
    let mut square = answers("square").remove("open").unwrap();
    square.realm = None;
    assert!(why("square", &square).contains("webhooks"));
    let mut zoho = answers("zoho-books").remove("open").unwrap();
    zoho.account = None;
    assert!(why("zoho-books", &zoho).contains("`account`"));
    let mut chargebee = answers("chargebee").remove("due").unwrap();
    chargebee.api = None;
    assert!(why("chargebee", &chargebee).contains("`api`"));
    let mut odoo = answers("odoo").remove("open").unwrap();
    odoo.question.1 = Some("4242 or 1=1".replace(' ', "_"));
    assert!(why("odoo", &odoo).contains("Invoice"));
}

#[test]
fn an_answer_out_of_other_books_is_refused() {
    let answered = answers("maxio").remove("open").unwrap();
    let mut place = Where::of("maxio", &answered);
    place.account = Some(AccountId::parse("other").unwrap());
    let tool = Tool::builtin("maxio").unwrap();
    let asking = tool.asking().unwrap().unwrap();
    let body = answered.body("maxio");
    let read = crate::asking::read(
        &asking,
        &place.place(),
        &question(&answered.question),
        None,
        &body,
    );
    assert_eq!(read, Err(AskError::OtherAccount));
}
