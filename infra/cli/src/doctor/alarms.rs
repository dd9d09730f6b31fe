//! Whether somebody hears the alarms, and whether one rings.

use aws_sdk_cloudwatch::types::StateValue;

use super::patient::Patient;
use super::report::Report;
use crate::aws::AwsError;

/// As many as CloudWatch describes by name at once.
const AT_ONCE: usize = 100;

pub(super) async fn check(patient: &Patient, report: &mut Report) {
    heard(patient, report).await;
    ringing(patient, report).await;
}

/// Whether the topic has a subscriber who has agreed.
async fn heard(patient: &Patient, report: &mut Report) {
    let given = patient.stack.parameters.get("AlarmTopicArn");
    let given = given.map(String::as_str).filter(|arn| !arn.is_empty());
    let Some(topic) = given.or_else(|| patient.resources.named("AlarmTopic")) else {
        report.unknown("alarms", "the stack has no topic for alarms");
        return;
    };
    let client = aws_sdk_sns::Client::new(&patient.stack.aws);
    let pages = client.list_subscriptions_by_topic().topic_arn(topic);
    let mut pages = pages.into_paginator().send();
    let (mut agreed, mut asked) = (0, Vec::new());
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                let why = AwsError::of("sns:ListSubscriptionsByTopic", &error);
                report.unseen("alarms", &why);
                return;
            }
        };
        for subscription in page.subscriptions.unwrap_or_default() {
            match subscription.subscription_arn() {
                Some("PendingConfirmation") => asked.extend(subscription.endpoint),
                _ => agreed += 1,
            }
        }
    }
    let subscribe = format!(
        "aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint SOMEBODY@YOUR-COMPANY"
    );
    match (agreed, asked.as_slice()) {
        (0, []) => report.wrong("alarms", "nobody hears the alarms", subscribe),
        (0, [first, ..]) => report.wrong(
            "alarms",
            format!("{first} has not agreed yet to hear the alarms"),
            format!("open the link in AWS's mail to {first}; it comes again by: {subscribe}"),
        ),
        (agreed, _) => report.ok("alarms", format!("{agreed} subscribers hear the alarms")),
    }
}

async fn ringing(patient: &Patient, report: &mut Report) {
    let alarms = patient.resources.of("AWS::CloudWatch::Alarm");
    let alarms: Vec<(&str, &str)> = alarms
        .map(|alarm| (alarm.physical.as_str(), alarm.logical.as_str()))
        .collect();
    let client = aws_sdk_cloudwatch::Client::new(&patient.stack.aws);
    let (mut seen, mut wrong) = (0, false);
    for some in alarms.chunks(AT_ONCE) {
        let names = some.iter().map(|(name, _)| (*name).to_owned()).collect();
        let asked = client.describe_alarms().set_alarm_names(Some(names));
        let described = match asked.max_records(100).send().await {
            Ok(described) => described,
            Err(error) => {
                let why = AwsError::of("cloudwatch:DescribeAlarms", &error);
                report.unseen("alarm", &why);
                return;
            }
        };
        for alarm in described.metric_alarms() {
            seen += 1;
            let name = alarm.alarm_name().unwrap_or_default();
            let known = some.iter().find(|(physical, _)| *physical == name);
            let short = known.map_or(name, |(_, logical)| logical);
            if alarm.state_value() == Some(&StateValue::Alarm) {
                wrong = true;
                let what = alarm.alarm_description().unwrap_or("it rings");
                let says = format!("{short} rings: {what}");
                let mend = format!(
                    "aws cloudwatch describe-alarm-history --alarm-name {name}; what to do: infra/README.md, \
                     \"When an alarm rings\""
                );
                report.wrong("alarm", says, mend);
            }
            if alarm.actions_enabled() == Some(false) {
                wrong = true;
                let mend = format!("aws cloudwatch enable-alarm-actions --alarm-names {name}");
                report.wrong("alarm", format!("{short} may not tell anybody"), mend);
            }
        }
    }
    if seen < alarms.len() {
        let gone = alarms.len() - seen;
        report.wrong(
            "alarm",
            format!("{gone} of the stack's alarms are gone"),
            "sam deploy",
        );
    } else if !wrong {
        report.ok("alarm", format!("none of the {seen} alarms rings"));
    }
}
