//! The table.

use aws_sdk_dynamodb::Client;

/// The table.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Ledger {
    /// On a table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }
}
