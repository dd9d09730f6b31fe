//! What ought to be understood and is not says what it is, and where it makes no sense.

use dunning::billing::{Happened, Status};
use serde_json::json;
use sources::{Nonsense, Translation};

use crate::fixtures::{SHAPES, Shape, event, refusals};
use crate::{Bad, paris, read, read_all, read_bytes};

fn nonsense(result: Result<Translation, Bad>) -> Nonsense {
    match result {
        Err(Bad::Nonsense(nonsense)) => nonsense,
        other => panic!("it made sense: {other:?}"),
    }
}

fn in_bytes(body: &[u8]) -> Result<Translation, Bad> {
    read_bytes(body, &paris())
}

#[test]
fn every_refusal_names_its_field_and_the_reason() {
    let told: Vec<String> = refusals()
        .iter()
        .map(|name| {
            let Nonsense {
                event, field, why, ..
            } = nonsense(read(&event(Shape::SinceBasil, name)));
            let id = event.map_or("(no id)".to_owned(), |id| id.to_string());
            format!("{name}: {field} {why} [{id}]")
        })
        .collect();
    insta::assert_snapshot!("refusals", told.join("\n"));
}

#[test]
fn a_refusal_is_the_same_in_both_shapes() {
    for name in refusals() {
        let [before, since] = SHAPES.map(|shape| nonsense(read(&event(shape, &name))));
        assert_eq!(before, since, "{name}");
    }
}

#[test]
fn a_payment_is_not_refused_for_its_amounts() {
    let mut overpaid = event(Shape::SinceBasil, "paid");
    overpaid["data"]["object"]["amount_remaining"] = json!(-1000);
    assert!(read(&overpaid).is_ok());
}

#[test]
fn a_payment_is_not_lost_for_a_field_that_does_not_matter() {
    let mut undated = event(Shape::SinceBasil, "paid");
    undated["data"]["object"]["due_date"] = json!("soon");
    let said = read_all(undated.to_string().as_bytes(), &paris()).unwrap();
    let [
        Ok(Translation::Movement(told)),
        Err(Bad::Nonsense(nonsense)),
    ] = &said[..]
    else {
        panic!("{said:?}");
    };
    assert_eq!(told.what, Happened::Ended(Status::Paid));
    assert_eq!(nonsense.field, "invoice.due_at");
    let mut open = event(Shape::SinceBasil, "sent");
    open["data"]["object"]["due_date"] = json!("soon");
    assert_eq!(
        read_all(open.to_string().as_bytes(), &paris())
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_reason_does_not_carry_the_whole_body() {
    let mut long = event(Shape::SinceBasil, "sent");
    for field in ["currency", "due_date", "id"] {
        long["data"]["object"][field] = json!("x".repeat(100_000));
        assert!(nonsense(read(&long)).why.len() <= 200, "{field}");
    }
    long["data"] = json!("x".repeat(100_000));
    let unreadable = nonsense(read(&long));
    assert_eq!(
        (unreadable.field.as_str(), unreadable.why.len()),
        ("filter", 200)
    );
    assert_eq!(
        unreadable.event.unwrap().as_str(),
        long["id"].as_str().unwrap()
    );
}

#[test]
fn a_truncated_body_is_not_json() {
    let body = event(Shape::SinceBasil, "sent").to_string();
    for length in [0, 1, body.len() / 2, body.len() - 1] {
        let result = in_bytes(&body.as_bytes()[..length]);
        assert!(
            matches!(result, Err(Bad::Unreadable(_))),
            "{length} bytes: {result:?}"
        );
    }
}

#[test]
fn what_only_looks_like_json_is_not() {
    let deep = "[".repeat(1 << 20);
    for body in [
        "# a comment\n{}",
        "{a: 1}",
        "NaN",
        "b\"bytes\"",
        "{} {}",
        "invoice=1",
        &deep,
    ] {
        let result = in_bytes(body.as_bytes());
        assert!(matches!(result, Err(Bad::Unreadable(_))), "{result:?}");
    }
    // Wrong bytes in a text are read as they were meant.
    let latin_1 = in_bytes(b"\xef\xbb\xbf{\"type\": \"\xff\"}");
    assert!(!matches!(latin_1, Err(Bad::Unreadable(_))), "{latin_1:?}");
}

#[test]
fn json_of_another_kind_than_an_object_goes_to_the_inbox() {
    for body in ["42", "\"evt\"", "[1]"] {
        assert_eq!(nonsense(in_bytes(body.as_bytes())).field, "filter");
    }
}

#[test]
fn an_amount_is_read_from_the_text_it_came_in() {
    let body = |amount: &str| {
        let body = event(Shape::SinceBasil, "sent").to_string();
        let written = format!("\"amount_remaining\":{amount}");
        assert!(body.contains("\"amount_remaining\":123456"));
        body.replace("\"amount_remaining\":123456", &written)
    };
    for good in [
        "123456",
        "123456.000",
        "\"123456\"",
        "1.23456e5",
        "12345600E-2",
    ] {
        let Ok(Translation::Invoice(event)) = in_bytes(body(good).as_bytes()) else {
            panic!("{good}")
        };
        assert_eq!(event.invoice.remaining.minor, 123_456, "{good}");
    }
    for bad in [
        "123456.7",
        "1e-2",
        "1E+20",
        "99999999999999999999",
        "\"\"",
        "true",
        "[1]",
        "null",
    ] {
        let refused = nonsense(in_bytes(body(bad).as_bytes()));
        assert_eq!(refused.field, "invoice.remaining", "{bad}");
    }
}
