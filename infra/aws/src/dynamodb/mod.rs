//! DynamoDB, as strict as AWS's own.
//!
//! The items lie in winterbaume's store and its engine reads the expressions. Requests do not go through its HTTP
//! service: that copies the whole database after each call, judges a transaction's conditions outside the lock it
//! writes under, and knows few of the limits.

mod action;
mod database;
mod expressions;
mod item;
mod query;
mod read;
mod request;
mod scan;
mod size;
mod stream;
mod write;

use jiff::Timestamp;

use crate::call::{Answer, Call, Refusal};

use self::action::Kind;
pub(crate) use self::database::Database;
pub use self::stream::StreamRecord;

impl Database {
    /// Answers one call, whole.
    pub(crate) fn answer(&mut self, call: &Call, now: Timestamp) -> Answer {
        let input = &call.input;
        let answer = match call.operation.as_str() {
            "GetItem" => self.get_item(input),
            "BatchGetItem" => self.batch_get_item(input),
            "Query" => self.query(input),
            "Scan" => self.scan(input),
            "PutItem" => self.write_one(Kind::Put, input),
            "UpdateItem" => self.write_one(Kind::Update, input),
            "DeleteItem" => self.write_one(Kind::Delete, input),
            "TransactWriteItems" => self.transact(input, now),
            "DescribeTable" => self.describe_table(input),
            "UpdateTable" => self.update_table(input),
            other => Err(Refusal::new(
                400,
                "UnknownOperationException",
                format!("The embedded DynamoDB does not offer {other}"),
            )),
        };
        self.record_changes(now);
        answer
    }
}
