use super::*;

async fn refused(item: Item) -> (String, String) {
    let aws = started();
    refusal(
        database(&aws)
            .put_item()
            .table_name(stack::TABLE)
            .set_item(Some(item))
            .send()
            .await,
    )
}

#[tokio::test]
async fn an_item_of_400_kilobytes_is_stored_and_one_byte_more_is_not() {
    let aws = started();
    let around = "PK".len() + "a".len() + "SK".len() + "b".len();
    put(&database(&aws), item("a", "b", 400 * 1024 - around)).await;
    let (code, message) = refused(item("a", "b", 400 * 1024 - around + 1)).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "ValidationException",
            "Item size has exceeded the maximum allowed size"
        )
    );
}

#[tokio::test]
async fn an_update_may_not_grow_an_item_over_400_kilobytes() {
    let aws = started();
    put(&database(&aws), item("a", "b", 399 * 1024)).await;
    let (code, message) = refusal(
        database(&aws)
            .update_item()
            .table_name(stack::TABLE)
            .set_key(Some(key("a", "b")))
            .update_expression("SET more = :more")
            .expression_attribute_values(":more", text(&"x".repeat(2000)))
            .send()
            .await,
    );
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("Item size to update"), "{message}");
}

#[tokio::test]
async fn a_key_may_not_be_empty_absent_too_long_or_a_number() {
    let bad = [
        item("", "b", 0),
        item("a", "", 0),
        item("a", &"x".repeat(1025), 0),
        [("PK".to_owned(), text("a"))].into(),
        [("PK".to_owned(), text("a")), ("SK".to_owned(), number(1))].into(),
    ];
    for item in bad {
        assert_eq!(refused(item).await.0, "ValidationException");
    }
}

#[tokio::test]
async fn an_index_key_may_be_absent_but_not_empty() {
    let aws = started();
    put(&database(&aws), item("a", "b", 10)).await;
    let mut empty = item("a", "b", 10);
    empty.insert("next_action_at".to_owned(), text(""));
    assert_eq!(refused(empty).await.0, "ValidationException");
}

#[tokio::test]
async fn an_empty_set_deep_in_a_document_is_refused() {
    let mut bad = item("a", "b", 10);
    let map = [("deep".to_owned(), AttributeValue::Ss(Vec::new()))].into();
    bad.insert("map".to_owned(), AttributeValue::M(map));
    assert_eq!(refused(bad).await.0, "ValidationException");
}

async fn update(expression: &str) -> Result<(), (String, String)> {
    let aws = started();
    let mut stored = item("a", "b", 10);
    stored.insert(
        "facts".to_owned(),
        AttributeValue::M([("known".to_owned(), number(1))].into()),
    );
    put(&database(&aws), stored).await;
    let values = [(":one".to_owned(), number(1))]
        .into_iter()
        .filter(|(name, _)| expression.contains(name));
    let values: Item = values.collect();
    let sent = database(&aws)
        .update_item()
        .table_name(stack::TABLE)
        .set_key(Some(key("a", "b")))
        .update_expression(expression)
        .set_expression_attribute_values((!values.is_empty()).then_some(values))
        .send()
        .await;
    if sent.is_ok() {
        Ok(())
    } else {
        Err(refusal(sent))
    }
}

#[tokio::test]
async fn an_update_through_a_map_that_is_missing_is_refused() {
    update("SET facts.fresh = :one")
        .await
        .expect("the map is there");
    update("REMOVE facts.absent")
        .await
        .expect("the map is there, and there is nothing to remove");
    for expression in [
        "SET nowhere.fresh = :one",
        "REMOVE nowhere.fresh",
        "SET facts.known.deeper = :one",
    ] {
        let (code, message) = update(expression).await.expect_err(expression);
        assert_eq!(code, "ValidationException");
        assert!(message.contains("document path"), "{message}");
    }
}

#[tokio::test]
async fn an_update_may_not_touch_a_key_or_one_place_twice() {
    for expression in [
        "SET SK = :one",
        "SET fresh = :one REMOVE fresh",
        "SET facts = :one REMOVE facts.known",
    ] {
        assert_eq!(
            update(expression).await.expect_err(expression).0,
            "ValidationException"
        );
    }
}

#[tokio::test]
async fn a_reserved_word_needs_an_alias() {
    for expression in ["SET status = :one", "REMOVE facts.Date", "ADD counter :one"] {
        let (_, message) = update(expression).await.expect_err(expression);
        assert!(message.contains("reserved keyword"), "{message}");
    }
}

#[tokio::test]
async fn names_and_values_that_no_expression_uses_are_refused() {
    let aws = started();
    let (code, message) = refusal(
        database(&aws)
            .put_item()
            .table_name(stack::TABLE)
            .set_item(Some(item("a", "b", 10)))
            .condition_expression("attribute_not_exists(PK)")
            .expression_attribute_values(":forgotten", number(1))
            .send()
            .await,
    );
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("unused in expressions") && message.contains(":forgotten"),
        "{message}"
    );
}

#[tokio::test]
async fn a_failed_condition_shows_the_item_that_was_in_the_way() {
    let aws = started();
    put(&database(&aws), item("a", "b", 10)).await;
    let error = database(&aws)
        .put_item()
        .table_name(stack::TABLE)
        .set_item(Some(item("a", "b", 20)))
        .condition_expression("attribute_not_exists(PK)")
        .return_values_on_condition_check_failure("ALL_OLD".into())
        .send()
        .await
        .expect_err("the item is there");
    let error = error.into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(
        failed,
    ) = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(failed.item, Some(item("a", "b", 10)));
}

#[tokio::test]
async fn unequal_holds_where_the_attribute_is_absent() {
    let aws = started();
    put(&database(&aws), item("a", "b", 10)).await;
    database(&aws)
        .delete_item()
        .table_name(stack::TABLE)
        .set_key(Some(key("a", "b")))
        .condition_expression("held <> :yes")
        .expression_attribute_values(":yes", AttributeValue::Bool(true))
        .send()
        .await
        .expect("nothing holds it");
}

#[tokio::test]
async fn a_batch_gives_what_is_there_in_no_order_one_should_rely_on() {
    let aws = started();
    for sort in ["1", "2", "3"] {
        put(&database(&aws), item("a", sort, 10)).await;
    }
    let asked = |keys: &[&str]| {
        let keys = keys.iter().map(|sort| key("a", sort)).collect();
        let keys = aws_sdk_dynamodb::types::KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .build();
        database(&aws)
            .batch_get_item()
            .request_items(stack::TABLE, keys.expect("keys are set"))
            .send()
    };
    let found = asked(&["1", "2", "absent", "3"])
        .await
        .expect("a good batch");
    let found = found
        .responses
        .unwrap_or_default()
        .remove(stack::TABLE)
        .unwrap_or_default();
    let order: Vec<&AttributeValue> = found.iter().map(|item| &item["SK"]).collect();
    assert_eq!(order, [&text("3"), &text("2"), &text("1")]);
    assert_eq!(refusal(asked(&["1", "1"]).await).0, "ValidationException");
}
