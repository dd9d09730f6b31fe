//! Which events were taken in, by which translation, and of what they spoke.

use dunning::value::{DebtorKey, EventId, InvoiceId, Realm};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::items::{Keep, record, to_item};
use crate::keys::Key;
use crate::table::Ledger;
use crate::transaction::Transaction;

/// What is known of an event that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The number of the translation by which it was. Earlier versions wrote none, and knew one.
    #[serde(default = "first")]
    pub translation: u32,
    /// Into whose file.
    #[serde(rename = "of", default, skip_serializing_if = "Option::is_none")]
    pub debtor: Option<DebtorKey>,
    /// Of which invoice it spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice: Option<InvoiceId>,
}

fn first() -> u32 {
    1
}

/// An event, to be marked as seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its id.
    pub event: EventId,
    /// What is known of it.
    pub seen: Seen,
}

impl Ledger {
    /// Marks an event as seen, apart from any file.
    pub async fn mark(
        &self,
        realm: &Realm,
        mark: &Mark,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = Transaction::new(&self.table);
        mark.put(realm, now, &mut transaction)?;
        transaction.write(self).await
    }

    /// Marks an event of an invoice that is in its customer's file no more, on the condition that it truly is not:
    /// whoever reads while it moves sees it in neither of two places.
    pub async fn mark_gone(
        &self,
        owner: &DebtorKey,
        invoice: &InvoiceId,
        mark: &Mark,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let realm = &owner.realm;
        let mut transaction = Transaction::new(&self.table);
        transaction.check_points(Key::pointer(realm, invoice), owner);
        transaction.check_absent(Key::open(owner, invoice));
        transaction.check_absent(Key::closed(owner, invoice));
        mark.put(realm, now, &mut transaction)?;
        transaction.write(self).await
    }
}

impl Mark {
    /// What a later translation said of it stays.
    pub(crate) fn put(
        &self,
        realm: &Realm,
        now: Timestamp,
        to: &mut Transaction,
    ) -> Result<(), LedgerError> {
        let mut item = record(Key::seen(realm, &self.event), now, (), Keep::ForAMonth)?;
        item.extend(to_item(&self.seen)?);
        to.put_marker(item, self.seen.translation);
        Ok(())
    }
}
