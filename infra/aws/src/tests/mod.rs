//! The embedded AWS, asked by the real SDK.

mod faults;
mod items;
mod mails;
mod messages;
mod queries;
mod schedules;
mod stream;
mod transactions;

use std::fmt::Debug;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use aws_types::SdkConfig;
use aws_types::sdk_config::RetryConfig;
use jiff::Timestamp;

use super::{Aws, Clock, stack};

const START: &str = "2027-01-04T08:00:00Z";

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant of the tests")
}

fn started() -> Aws {
    Aws::start(Clock::new(instant(START)))
}

fn config(aws: &Aws) -> SdkConfig {
    aws.sdk_config(RetryConfig::disabled())
}

fn database(aws: &Aws) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&config(aws))
}

fn text(value: &str) -> AttributeValue {
    S(value.to_owned())
}

fn number(value: u32) -> AttributeValue {
    N(value.to_string())
}

type Item = std::collections::HashMap<String, AttributeValue>;

/// An item of that key with that many bytes of ballast, its name included.
fn item(partition: &str, sort: &str, ballast: usize) -> Item {
    let ballast = text(&"x".repeat(ballast.saturating_sub("ballast".len())));
    [
        ("PK", text(partition)),
        ("SK", text(sort)),
        ("ballast", ballast),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn key(partition: &str, sort: &str) -> Item {
    [("PK", text(partition)), ("SK", text(sort))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

async fn put(database: &aws_sdk_dynamodb::Client, item: Item) {
    database
        .put_item()
        .table_name(stack::TABLE)
        .set_item(Some(item))
        .send()
        .await
        .expect("a good item");
}

/// The error's code and message, as AWS words them.
fn refusal<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    result: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = result.expect_err("AWS refuses this");
    let error = error
        .as_service_error()
        .expect("the service itself refuses");
    (
        error.code().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
    )
}
