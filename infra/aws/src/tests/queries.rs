use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::*;

fn files(aws: &Aws) -> QueryFluentBuilder {
    database(aws)
        .query()
        .table_name(stack::TABLE)
        .key_condition_expression("PK = :debtor AND begins_with(SK, :file)")
        .expression_attribute_values(":debtor", text("debtor"))
        .expression_attribute_values(":file", text("FILE"))
}

fn late(aws: &Aws) -> QueryFluentBuilder {
    database(aws)
        .query()
        .table_name(stack::TABLE)
        .index_name(stack::LATE_INDEX)
        .key_condition_expression("late_shard = :shard AND next_action_at <= :now")
        .expression_attribute_values(":shard", text("LATE#3"))
        .expression_attribute_values(":now", text("2027-01-04"))
}

/// Every page's items, following the keys that the pages name.
async fn pages(query: QueryFluentBuilder) -> Vec<Vec<Item>> {
    let mut pages = Vec::new();
    let mut start = None;
    loop {
        let page = query
            .clone()
            .set_exclusive_start_key(start)
            .send()
            .await
            .expect("a good query");
        pages.push(page.items.unwrap_or_default());
        start = page.last_evaluated_key;
        if start.is_none() {
            return pages;
        }
    }
}

fn sorts(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .map(|item| item["SK"].as_s().expect("a text").clone())
        .collect()
}

fn due(partition: &str, at: &str) -> Item {
    let mut item = item(partition, "FILE#OPEN#1", 100);
    item.insert("late_shard".to_owned(), text("LATE#3"));
    item.insert("next_action_at".to_owned(), text(at));
    item
}

#[tokio::test]
async fn a_page_holds_1_megabyte_at_the_most_and_the_next_goes_on_after_it() {
    let aws = started();
    for n in 0..7 {
        put(
            &database(&aws),
            item("debtor", &format!("FILE#{n}"), 300 * 1024),
        )
        .await;
    }
    put(&database(&aws), item("debtor", "JOURNAL#1", 10)).await;
    put(&database(&aws), item("another", "FILE#1", 10)).await;
    let sizes: Vec<usize> = pages(files(&aws)).await.iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 3, 1]);
    let all = pages(files(&aws)).await.concat();
    assert_eq!(
        sorts(&all),
        [
            "FILE#0", "FILE#1", "FILE#2", "FILE#3", "FILE#4", "FILE#5", "FILE#6"
        ]
    );
}

#[tokio::test]
async fn a_filter_and_a_projection_do_not_make_the_page_longer() {
    let aws = started();
    for n in 0..7 {
        put(
            &database(&aws),
            item("debtor", &format!("FILE#{n}"), 300 * 1024),
        )
        .await;
    }
    let query = files(&aws)
        .filter_expression("attribute_not_exists(ballast)")
        .projection_expression("SK");
    let page = query.send().await.expect("a good query");
    assert_eq!((page.count, page.scanned_count), (0, 3));
    assert!(page.last_evaluated_key.is_some());
}

#[tokio::test]
async fn paging_works_backwards_and_names_a_page_more_when_it_ends_at_its_limit() {
    let aws = started();
    for n in 0..4 {
        put(&database(&aws), item("debtor", &format!("FILE#{n}"), 10)).await;
    }
    let pages: Vec<_> = pages(files(&aws).scan_index_forward(false).limit(2))
        .await
        .iter()
        .map(|page| sorts(page))
        .collect();
    assert_eq!(
        pages,
        [vec!["FILE#3", "FILE#2"], vec!["FILE#1", "FILE#0"], vec![]]
    );
}

#[tokio::test]
async fn paging_an_index_over_equal_sort_keys_loses_nothing() {
    let aws = started();
    for n in 0..10 {
        put(&database(&aws), due(&format!("debtor {n}"), "2027-01-03")).await;
    }
    put(&database(&aws), due("not yet", "2027-01-05")).await;
    let found = pages(late(&aws).limit(3)).await.concat();
    let debtors: Vec<&str> = found
        .iter()
        .filter_map(|item| item["PK"].as_s().ok())
        .map(String::as_str)
        .collect();
    let expected: Vec<String> = (0..10).map(|n| format!("debtor {n}")).collect();
    assert_eq!(debtors, expected);
}

#[tokio::test]
async fn the_index_holds_keys_only_and_only_items_that_have_both() {
    let aws = started();
    put(&database(&aws), due("whole", "2027-01-03")).await;
    let mut half = due("half", "2027-01-03");
    half.remove("next_action_at");
    put(&database(&aws), half).await;
    let shard = database(&aws)
        .query()
        .table_name(stack::TABLE)
        .index_name(stack::LATE_INDEX)
        .key_condition_expression("late_shard = :shard")
        .expression_attribute_values(":shard", text("LATE#3"));
    let found = pages(shard).await.concat();
    let mut whole = due("whole", "2027-01-03");
    whole.remove("ballast");
    assert_eq!(found, [whole]);
}

#[tokio::test]
async fn the_index_cannot_be_read_consistently() {
    let aws = started();
    assert_eq!(
        refusal(late(&aws).consistent_read(true).send().await).0,
        "ValidationException"
    );
}

#[tokio::test]
async fn a_query_needs_its_partition_and_takes_no_other_attribute() {
    let aws = started();
    let query = |condition: &str| {
        let query = database(&aws)
            .query()
            .table_name(stack::TABLE)
            .key_condition_expression(condition);
        query.expression_attribute_values(":x", text("x")).send()
    };
    for condition in [
        "SK = :x",
        "PK > :x",
        "PK = :x AND ballast = :x",
        "PK = :x AND contains(SK, :x)",
    ] {
        assert_eq!(
            refusal(query(condition).await).0,
            "ValidationException",
            "{condition}"
        );
    }
}
