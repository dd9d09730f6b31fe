//! The table.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use dunning::file::Invoice;
use dunning::journal::Line;
use dunning::value::DebtorKey;

use crate::items::Keep;

/// The table.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) client: Client,
    pub(crate) table: String,
    /// What is written, for whoever watches.
    pub(crate) watch: Option<Watch>,
    /// How long closed invoices and journals are kept.
    pub(crate) history: Keep,
    /// How long webhooks are kept as they came.
    pub(crate) deliveries: Keep,
}

/// What was changed, or would have been.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    seen: Arc<Mutex<Vec<Changed>>>,
    /// Nothing is written.
    pub(crate) only_tries: bool,
}

/// A change of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Whose.
    pub debtor: DebtorKey,
    /// The invoices, as they were and as they are then.
    pub invoices: Vec<(Option<Invoice>, Invoice)>,
    /// What the journal says of it.
    pub journal: Vec<Line>,
}

impl Watch {
    /// What was changed since it was asked last.
    pub fn take(&self) -> Vec<Changed> {
        std::mem::take(&mut *self.lock())
    }

    pub(crate) fn note(&self, changed: Changed) {
        self.lock().push(changed);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Changed>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// On a table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
            watch: None,
            history: Keep::ForGood,
            deliveries: Keep::ForAMonth,
        }
    }

    /// The same, with so many days after which a closed invoice and an entry of a journal may go; 0 keeps them for
    /// good.
    #[must_use]
    pub fn keeping_history(self, days: u32) -> Self {
        let history = match days {
            0 => Keep::ForGood,
            days => Keep::Days(days),
        };
        Self { history, ..self }
    }

    /// The same, with so many days after which a webhook as it came may go.
    #[must_use]
    pub fn keeping_deliveries(self, days: u32) -> Self {
        let deliveries = Keep::Days(days);
        Self { deliveries, ..self }
    }

    /// Its name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The same, with somebody who watches what is changed. If it is only tried, nothing is written.
    #[must_use]
    pub fn watched(self, only_tries: bool) -> (Self, Watch) {
        let watch = Watch {
            only_tries,
            ..Watch::default()
        };
        let watched = Self {
            watch: Some(watch.clone()),
            ..self
        };
        (watched, watch)
    }

    pub(crate) fn only_tries(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.only_tries)
    }
}
