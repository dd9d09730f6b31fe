//! The team's file, its notices, and the inbox of webhooks that made no sense.

use dunning::file::TeamFile;
use dunning::journal::Notice;
use dunning::rules::Heard;
use dunning::value::{FileKey, SourceName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::items::{
    AsRead, Keep, NoticeRecord, Record, Stored, digest, from_item, guarded, record, stored, text,
};
use crate::keys::{self, Key, sortable};
use crate::table::Ledger;
use crate::transaction::Transaction;

/// A webhook that should have been understood and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEntry {
    /// What was wrong with it.
    pub why: String,
    /// Its body as gzip, if that fits an item.
    #[serde(with = "serde_bytes")]
    pub body: Option<Vec<u8>>,
}

impl Ledger {
    /// Opens the connection ahead, by a small read. That it fails does not matter.
    pub async fn connect(&self) {
        let _ = self.team().await;
    }

    /// Reads where the team's mails stand.
    pub async fn team(&self) -> Result<Option<Stored<TeamFile>>, LedgerError> {
        self.get(Key::team()).await?.map(stored).transpose()
    }

    /// Writes where the team's mails stand, guarded by what was read. Gives what guards the next write.
    pub async fn put_team(
        &self,
        read: Option<&AsRead>,
        team: &TeamFile,
    ) -> Result<AsRead, LedgerError> {
        let written = guarded(Key::team(), read, team)?;
        let mut transaction = Transaction::new(&self.table);
        transaction.put_guarded(written.item().clone(), read);
        transaction.write(self).await?;
        Ok(written)
    }

    /// Reads the notices that came since an instant, oldest first.
    pub async fn notices(&self, since: Timestamp) -> Result<Vec<Heard>, LedgerError> {
        let from = format!("{}{}", keys::NOTICE, sortable(since));
        let items = self
            .query(&FileKey::Team.to_string(), "PK = :pk AND SK >= :sk", &from)
            .await?;
        let mut heard = Vec::new();
        for item in items {
            let sk = text(&item, "SK");
            match from_item(item) {
                Ok(NoticeRecord { at, value, .. }) => {
                    heard.extend(value.into_iter().map(|notice| Heard { at, notice }));
                }
                // It would silence all the others.
                Err(error) => tracing::error!(item = sk, %error, "notice left out"),
            }
        }
        Ok(heard)
    }

    /// Notes something that a person must hear about, apart from any file.
    pub async fn notify(&self, notice: Notice, now: Timestamp) -> Result<(), LedgerError> {
        let mut transaction = Transaction::new(&self.table);
        self.add_notice(&mut transaction, notice, now)?;
        transaction.write(self).await
    }

    /// Keeps a webhook that made no sense, and tells the team. The same body on the same day is
    /// kept once.
    pub async fn put_inbox(
        &self,
        source: &SourceName,
        entry: &InboxEntry,
        notice: Notice,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let key = Key::inbox(source, day, &digest(entry, source));
        let mut transaction = Transaction::new(&self.table);
        transaction.put(record(key, now, entry, self.deliveries)?);
        self.add_notice(&mut transaction, notice, now)?;
        transaction.write(self).await
    }

    /// Reads the webhooks of a day that made no sense.
    pub async fn inbox(
        &self,
        source: &SourceName,
        day: jiff::civil::Date,
    ) -> Result<Vec<InboxEntry>, LedgerError> {
        let pk = Key::inbox(source, day, "").pk;
        let items = self.query(&pk, "PK = :pk AND SK > :sk", " ").await?;
        let entry = |item| from_item(item).map(|record: Record<InboxEntry>| record.value);
        items.into_iter().map(entry).collect()
    }

    pub(crate) fn add_notice(
        &self,
        to: &mut Transaction,
        notice: Notice,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let notices = vec![notice];
        let key = Key::notice(now, &digest(&notices, &self.table));
        to.put(record(key, now, &notices, Keep::ForAMonth)?);
        Ok(())
    }
}
