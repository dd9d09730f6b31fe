use aws_lambda_events::event::dynamodb::EventRecord;

use super::*;

#[tokio::test]
async fn the_stream_tells_each_change_in_order_with_both_images_and_the_worlds_time() {
    let clock = Clock::new(instant(START));
    let aws = Aws::start(clock.clone());
    put(&database(&aws), item("a", "b", 10)).await;
    clock.set(instant("2027-01-05T08:00:00Z"));
    put(&database(&aws), item("a", "b", 20)).await;
    database(&aws)
        .delete_item()
        .table_name(stack::TABLE)
        .set_key(Some(key("a", "b")))
        .send()
        .await
        .expect("it is there");

    let records = aws.stream_records_after(0);
    let events: Vec<EventRecord> = records
        .iter()
        .map(|record| {
            serde_json::from_value(record.event.clone()).expect("the shape that Lambda knows")
        })
        .collect();
    let names: Vec<&str> = events
        .iter()
        .map(|event| event.event_name.as_str())
        .collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
    let images: Vec<(bool, bool)> = events
        .iter()
        .map(|event| {
            (
                !event.change.old_image.is_empty(),
                !event.change.new_image.is_empty(),
            )
        })
        .collect();
    assert_eq!(images, [(false, true), (true, true), (true, false)]);
    let times: Vec<i64> = events
        .iter()
        .map(|event| event.change.approximate_creation_date_time.timestamp())
        .collect();
    assert_eq!(times[1] - times[0], 24 * 60 * 60);
    assert!(events.is_sorted_by_key(|event| event.change.sequence_number.clone()));
    assert_eq!(records[0].event["dynamodb"]["NewImage"]["SK"]["S"], "b");

    assert_eq!(records[0].sort_key(), "b");
    assert_eq!(
        events[0].change.sequence_number.as_deref(),
        Some(records[0].sequence_number())
    );

    assert_eq!(aws.stream_records_after(1), records[1..]);
    assert_eq!(aws.stream_records_after(3), []);
}

#[tokio::test]
async fn a_write_that_changes_nothing_leaves_no_record() {
    let aws = started();
    put(&database(&aws), item("a", "b", 10)).await;
    put(&database(&aws), item("a", "b", 10)).await;
    database(&aws)
        .delete_item()
        .table_name(stack::TABLE)
        .set_key(Some(key("a", "absent")))
        .send()
        .await
        .expect("nothing to delete is no error");
    assert_eq!(aws.stream_records_after(0).len(), 1);
}

#[tokio::test]
async fn equal_calls_leave_equal_traces_to_the_byte() {
    let mut traces = Vec::new();
    for _ in 0..2 {
        let aws = started();
        for sort in ["1", "2"] {
            let mut item = item("a", sort, 10);
            let map = ["x", "y", "z"].map(|name| (name.to_owned(), text(name)));
            item.insert("map".to_owned(), AttributeValue::M(map.into()));
            put(&database(&aws), item).await;
        }
        traces.push(format!(
            "{:?} {:?}",
            aws.stream_records_after(0),
            aws.items()
        ));
    }
    assert_eq!(traces[0], traces[1]);
}
