//! The debtor's file in DynamoDB: one partition per debtor, and every change one conditional
//! transaction.
//!
//! What is read comes with its versions ([`Versions`]); what is written ([`Commit`]) is guarded by
//! them, so whoever is overtaken knows it, and [runs the race again](Race). The keys
//! stand in `keys.rs`, the items in `items.rs`, and nowhere else.

mod commit;
mod error;
mod items;
pub mod keys;
mod pointer;
mod race;
mod read;
mod restore;
#[cfg(test)]
mod stored_form;
mod team;
mod wishes;

use std::ops::ControlFlow;

use aws_sdk_dynamodb::Client;

pub use commit::{Commit, MovedFrom, Place, Versions};
pub use error::LedgerError;
pub use items::{Entry, Stored};
pub use pointer::{Parked, PaymentLink, Pointer};
pub use race::Race;
pub use read::{EventView, StoredFile, debtor_image, invoice_image, journal_image};
pub use restore::Restored;
pub use team::InboxEntry;

/// The table.
#[derive(Debug, Clone)]
pub struct Ledger {
    client: Client,
    table: String,
}

impl Ledger {
    /// On a table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Writes a change, or nothing of it. Breaks with the versions as they are now; continues when
    /// somebody else wrote first.
    pub async fn commit(&self, commit: Commit<'_>) -> Result<ControlFlow<Versions>, LedgerError> {
        match commit.transaction(&self.table)?.write(&self.client).await {
            Ok(()) => Ok(ControlFlow::Break(commit.versions_after())),
            Err(LedgerError::LostRace) => Ok(ControlFlow::Continue(())),
            Err(error) => Err(error),
        }
    }
}
