use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};

use super::*;

fn putting(item: Item) -> TransactWriteItem {
    let put = Put::builder().table_name(stack::TABLE).set_item(Some(item));
    TransactWriteItem::builder()
        .put(put.build().expect("table and item are set"))
        .build()
}

fn creating(item: Item) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(stack::TABLE)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(PK)")
        .return_values_on_condition_check_failure("ALL_OLD".into());
    TransactWriteItem::builder()
        .put(put.build().expect("table and item are set"))
        .build()
}

fn checking(key: Item, condition: &str) -> TransactWriteItem {
    let check = ConditionCheck::builder()
        .table_name(stack::TABLE)
        .set_key(Some(key))
        .condition_expression(condition)
        .build();
    TransactWriteItem::builder()
        .condition_check(check.expect("all is set"))
        .build()
}

async fn transact(
    aws: &Aws,
    actions: Vec<TransactWriteItem>,
) -> Result<(), SdkError<TransactWriteItemsError>> {
    database(aws)
        .transact_write_items()
        .set_transact_items(Some(actions))
        .send()
        .await
        .map(drop)
}

fn reasons(error: SdkError<TransactWriteItemsError>) -> Vec<CancellationReason> {
    match error.into_service_error() {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons.unwrap_or_default()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_transaction_of_100_actions_passes_and_one_of_101_does_not() {
    let aws = started();
    let actions = |count: usize| {
        (0..count)
            .map(|n| putting(item("a", &n.to_string(), 10)))
            .collect()
    };
    transact(&aws, actions(100)).await.expect("100 are allowed");
    assert_eq!(
        refusal(transact(&aws, actions(101)).await).0,
        "ValidationException"
    );
}

#[tokio::test]
async fn a_transaction_of_more_than_4_megabytes_is_refused() {
    let aws = started();
    let actions = |count: usize| {
        (0..count)
            .map(|n| putting(item("a", &n.to_string(), 390 * 1024)))
            .collect()
    };
    transact(&aws, actions(10))
        .await
        .expect("3.9 MB are allowed");
    let (code, message) = refusal(transact(&aws, actions(11)).await);
    assert_eq!(code, "ValidationException");
    assert!(message.contains("4 MB"), "{message}");
}

#[tokio::test]
async fn two_actions_on_one_item_are_refused_a_check_included() {
    let aws = started();
    let actions = vec![
        checking(key("a", "b"), "attribute_not_exists(PK)"),
        putting(item("a", "b", 10)),
    ];
    let (code, message) = refusal(transact(&aws, actions).await);
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("multiple operations on one item"),
        "{message}"
    );
}

#[tokio::test]
async fn a_cancelled_transaction_writes_nothing_and_gives_each_action_its_reason() {
    let aws = started();
    put(&database(&aws), item("a", "1", 10)).await;
    let delete = Delete::builder()
        .table_name(stack::TABLE)
        .set_key(Some(key("a", "1")))
        .build();
    let actions = vec![
        putting(item("a", "0", 10)),
        creating(item("a", "1", 20)),
        checking(key("a", "2"), "attribute_exists(PK)"),
    ];
    let reasons = reasons(
        transact(&aws, actions)
            .await
            .expect_err("two conditions fail"),
    );
    let codes: Vec<&str> = reasons
        .iter()
        .filter_map(CancellationReason::code)
        .collect();
    assert_eq!(
        codes,
        ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]
    );
    let shown: Vec<Option<&Item>> = reasons.iter().map(CancellationReason::item).collect();
    assert_eq!(shown, [None, Some(&item("a", "1", 10)), None]);
    assert_eq!(aws.items().len(), 1);

    let delete = TransactWriteItem::builder()
        .delete(delete.expect("all is set"))
        .build();
    transact(&aws, vec![delete])
        .await
        .expect("nothing stands in the way");
    assert_eq!(aws.items().len(), 0);
}

#[tokio::test]
async fn an_update_that_does_not_fit_cancels_the_whole_transaction() {
    let aws = started();
    let update = Update::builder()
        .table_name(stack::TABLE)
        .set_key(Some(key("a", "2")))
        .update_expression("SET nowhere.fresh = :one")
        .expression_attribute_values(":one", number(1))
        .build();
    let update = TransactWriteItem::builder()
        .update(update.expect("all is set"))
        .build();
    let reasons = reasons(
        transact(&aws, vec![putting(item("a", "1", 10)), update])
            .await
            .expect_err("no such map"),
    );
    assert_eq!(reasons[1].code(), Some("ValidationError"));
    assert_eq!(aws.items().len(), 0);
}

#[tokio::test]
async fn a_transaction_sent_again_with_its_token_succeeds_and_changes_nothing() {
    let clock = Clock::new(instant(START));
    let aws = Aws::start(clock.clone());
    let send = |action| {
        database(&aws)
            .transact_write_items()
            .client_request_token("token")
            .transact_items(action)
            .send()
    };
    send(creating(item("a", "b", 10))).await.expect("the first");
    send(creating(item("a", "b", 10)))
        .await
        .expect("the same again");
    assert_eq!(
        refusal(send(creating(item("a", "c", 10))).await).0,
        "IdempotentParameterMismatchException"
    );
    assert_eq!(aws.stream_records_after(0).len(), 1);

    clock.set(instant("2027-01-04T08:10:00Z"));
    let late = send(creating(item("a", "b", 10))).await;
    assert_eq!(refusal(late).0, "TransactionCanceledException");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_racing_transactions_on_one_item_one_wins() {
    let aws = started();
    let racers: Vec<_> = (0..20)
        .map(|n| {
            let aws = aws.clone();
            tokio::spawn(async move {
                transact(&aws, vec![creating(item("a", "b", n))])
                    .await
                    .is_ok()
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += u32::from(racer.await.expect("no racer panics"));
    }
    assert_eq!(winners, 1);
}
