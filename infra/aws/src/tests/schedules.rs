use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleFluentBuilder;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, Target,
};

use super::*;
use crate::Schedule;
use crate::stack::Queue;

fn scheduler(aws: &Aws) -> aws_sdk_scheduler::Client {
    aws_sdk_scheduler::Client::new(&config(aws))
}

fn window(minutes: i32) -> FlexibleTimeWindow {
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Flexible);
    window
        .maximum_window_in_minutes(minutes)
        .build()
        .expect("the mode is set")
}

fn target() -> Target {
    let dead = DeadLetterConfig::builder()
        .arn(Queue::KnockDeadLetters.arn())
        .build();
    let target = Target::builder()
        .arn(Queue::Knocks.arn())
        .role_arn(stack::SCHEDULER_ROLE_ARN)
        .dead_letter_config(dead);
    target
        .input(r#"{"debtor":"d"}"#)
        .build()
        .expect("both ARNs are set")
}

fn create(aws: &Aws, name: &str, expression: &str) -> CreateScheduleFluentBuilder {
    scheduler(aws)
        .create_schedule()
        .group_name(stack::SCHEDULE_GROUP)
        .name(name)
        .schedule_expression(expression)
        .schedule_expression_timezone("UTC")
        .flexible_time_window(window(15))
        .action_after_completion(ActionAfterCompletion::Delete)
        .target(target())
}

#[tokio::test]
async fn a_schedule_is_kept_whole_moved_and_deleted() {
    let aws = started();
    create(&aws, "one", "at(2027-01-10T09:00:00)")
        .send()
        .await
        .expect("a good schedule");
    let expected = Schedule {
        name: "one".to_owned(),
        group: stack::SCHEDULE_GROUP.to_owned(),
        at: instant("2027-01-10T09:00:00Z"),
        flexible_minutes: 15,
        target_arn: Queue::Knocks.arn(),
        input: r#"{"debtor":"d"}"#.to_owned(),
        dead_letter_arn: Some(Queue::KnockDeadLetters.arn()),
        deletes_itself: true,
    };
    assert_eq!(aws.schedules(), [expected]);

    let moved = scheduler(&aws)
        .update_schedule()
        .group_name(stack::SCHEDULE_GROUP)
        .name("one")
        .schedule_expression("at(2027-01-11T09:00:00)")
        .schedule_expression_timezone("Europe/Paris")
        .flexible_time_window(window(15))
        .target(target());
    moved.send().await.expect("it is there");
    assert_eq!(aws.schedules()[0].at, instant("2027-01-11T08:00:00Z"));
    assert!(
        !aws.schedules()[0].deletes_itself,
        "an update resets what it does not name"
    );

    let delete = || {
        scheduler(&aws)
            .delete_schedule()
            .group_name(stack::SCHEDULE_GROUP)
            .name("one")
            .send()
    };
    delete().await.expect("it is there");
    assert_eq!(aws.schedules(), []);
    assert_eq!(refusal(delete().await).0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_schedule_that_deletes_itself_is_gone_once_fired() {
    let aws = started();
    create(&aws, "one", "at(2027-01-10T09:00:00)")
        .send()
        .await
        .expect("a good schedule");
    assert_eq!(
        aws.fire(stack::SCHEDULE_GROUP, "one")
            .map(|schedule| schedule.name),
        Some("one".to_owned())
    );
    assert_eq!(aws.fire(stack::SCHEDULE_GROUP, "one"), None);
    create(&aws, "one", "at(2027-01-12T09:00:00)")
        .send()
        .await
        .expect("the name is free again");
}

#[tokio::test]
async fn expressions_that_are_malformed_or_past_are_refused() {
    let aws = started();
    let bad = [
        "at(2027-01-10T09:00:00Z)",
        "at(2027-01-10T09:00)",
        "at(2027-01-10 09:00:00)",
        "at(2027-02-30T09:00:00)",
        "2027-01-10T09:00:00",
        "at(2027-01-04T07:59:59)",
    ];
    for expression in bad {
        let (code, message) = refusal(create(&aws, "one", expression).send().await);
        assert_eq!(code, "ValidationException");
        assert!(message.contains("Invalid Schedule Expression"), "{message}");
    }
    create(&aws, "one", "at(2027-01-04T08:00:00)")
        .send()
        .await
        .expect("now is not past");
}

#[tokio::test]
async fn names_groups_zones_and_windows_are_checked() {
    let aws = started();
    let good = "at(2027-01-10T09:00:00)";
    for name in ["in_1#2", "with space", &"x".repeat(65)] {
        assert_eq!(
            refusal(create(&aws, name, good).send().await).0,
            "ValidationException",
            "{name}"
        );
    }
    let zone = create(&aws, "one", good).schedule_expression_timezone("Europe/Nowhere");
    assert_eq!(refusal(zone.send().await).0, "ValidationException");
    let wide = create(&aws, "one", good).flexible_time_window(window(1441));
    assert_eq!(refusal(wide.send().await).0, "ValidationException");
    let group = create(&aws, "one", good).group_name("another");
    assert_eq!(refusal(group.send().await).0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_second_create_conflicts_unless_it_is_the_first_one_sent_again() {
    let aws = started();
    let send = |at: &str| create(&aws, "one", at).client_token("token").send();
    send("at(2027-01-10T09:00:00)").await.expect("the first");
    send("at(2027-01-10T09:00:00)")
        .await
        .expect("the same again");
    assert_eq!(
        refusal(send("at(2027-01-11T09:00:00)").await).0,
        "ConflictException"
    );
    let another = create(&aws, "one", "at(2027-01-10T09:00:00)");
    assert_eq!(refusal(another.send().await).0, "ConflictException");
}

#[tokio::test]
async fn schedules_are_listed_by_prefix_page_by_page() {
    let aws = started();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        create(&aws, name, "at(2027-01-10T09:00:00)")
            .send()
            .await
            .expect("a good schedule");
    }
    let list = || {
        scheduler(&aws)
            .list_schedules()
            .group_name(stack::SCHEDULE_GROUP)
            .name_prefix("a-")
            .max_results(2)
    };
    let first = list().send().await.expect("a good list");
    let rest = list()
        .set_next_token(first.next_token)
        .send()
        .await
        .expect("a good list");
    let names: Vec<&str> = first
        .schedules
        .iter()
        .chain(&rest.schedules)
        .filter_map(|found| found.name())
        .collect();
    assert_eq!((names, rest.next_token), (vec!["a-1", "a-2", "a-3"], None));
    let got = scheduler(&aws)
        .get_schedule()
        .group_name(stack::SCHEDULE_GROUP)
        .name("a-1")
        .send()
        .await;
    let got = got.expect("it is there");
    assert_eq!(
        got.target().and_then(Target::input),
        Some(r#"{"debtor":"d"}"#)
    );
}
