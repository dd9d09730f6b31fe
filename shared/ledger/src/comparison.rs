//! How far the comparison of a source's open invoices with the tool's own has come: an item under its version, and
//! beside it, in parts, which invoices the tool has listed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use dunning::value::{AccountId, DebtorKey, InvoiceId, Mode, Realm, SourceName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::LedgerError;
use crate::items::{
    AsRead, Guard, Item, Keep, Record, Stored, from_item, guarded, record, stored, text,
};
use crate::keys::{self, Key};
use crate::table::Ledger;
use crate::transaction::Transaction;

/// A comparison that is under way, or the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// When it began.
    pub began_at: Timestamp,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Timestamp>,
    /// Counts those who compare: whoever comes with an older number has been taken over from.
    #[serde(default)]
    pub run: u64,
    /// The accounts whose lists are still to be read: that of the key is `default`.
    #[serde(default)]
    pub accounts: Vec<AccountId>,
    /// The page of the first one's list that is to be asked for next, as whoever asks keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whether the tool has listed all.
    #[serde(default)]
    pub is_listed: bool,
    /// In how many parts is kept what it has listed.
    #[serde(default)]
    pub parts: u32,
    /// How many invoices were compared.
    #[serde(default)]
    pub compared: u64,
    /// How many were not as the file had them.
    #[serde(default)]
    pub different: u64,
    /// How many nobody had told of.
    #[serde(default)]
    pub unknown: u64,
    /// How many of those the team had heard of before.
    #[serde(default)]
    pub told_unknown: u64,
}

impl Comparison {
    /// One that begins.
    pub fn new(began_at: Timestamp) -> Self {
        Self {
            began_at,
            done_at: None,
            run: 0,
            accounts: Vec::new(),
            page: None,
            is_listed: false,
            parts: 0,
            compared: 0,
            different: 0,
            unknown: 0,
            told_unknown: 0,
        }
    }
}

impl Guard for Comparison {
    const VESSELS: &[&str] = &["value"];

    fn next_action(&self) -> Option<dunning::file::NextAction> {
        None
    }
}

/// Which invoices a tool has listed, by eight bytes of a digest each: hundreds of thousands fit into a few items.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    all: BTreeSet<u64>,
    /// Those of which no part tells yet.
    new: Vec<u64>,
}

/// What one part tells.
#[derive(Serialize, Deserialize)]
pub(crate) struct Part(#[serde(with = "serde_bytes")] Vec<u8>);

/// As many as one item holds with room to spare.
const MOST_IN_A_PART: usize = 32_000;

impl Listed {
    /// Notes an invoice.
    pub fn note(&mut self, realm: &Realm, invoice: &InvoiceId) {
        let name = name(realm, invoice);
        if self.all.insert(name) {
            self.new.push(name);
        }
    }

    /// Whether it was noted.
    pub fn has(&self, realm: &Realm, invoice: &InvoiceId) -> bool {
        self.all.contains(&name(realm, invoice))
    }
}

fn name(realm: &Realm, invoice: &InvoiceId) -> u64 {
    let digest = Sha256::digest(format!("{realm}#{invoice}"));
    let first = digest.first_chunk().copied();
    u64::from_be_bytes(first.expect("a digest has 32 bytes"))
}

impl Ledger {
    /// How far the comparison of a source has come.
    pub async fn comparison(
        &self,
        source: &SourceName,
    ) -> Result<Option<Stored<Comparison>>, LedgerError> {
        let item = self.get(Key::comparison(source)).await?;
        item.map(stored).transpose()
    }

    /// Keeps how far it has come, with what was listed since the last time. Whoever was overtaken hears it.
    pub async fn put_comparison(
        &self,
        source: &SourceName,
        read: Option<&AsRead>,
        comparison: &mut Comparison,
        listed: &mut Listed,
        now: Timestamp,
    ) -> Result<AsRead, LedgerError> {
        let mut to = Transaction::new(&self.table);
        for names in listed.new.chunks(MOST_IN_A_PART) {
            let bytes = names.iter().flat_map(|name| name.to_be_bytes()).collect();
            let key = Key::listed(source, comparison.parts);
            comparison.parts += 1;
            to.put(record(key, now, Part(bytes), Keep::Days(7))?);
        }
        let written = guarded(Key::comparison(source), read, comparison)?;
        to.put_guarded(written.item().clone(), read);
        to.write(self).await?;
        listed.new.clear();
        Ok(written)
    }

    /// What was listed so far, by all parts of a comparison.
    pub async fn listed(
        &self,
        source: &SourceName,
        comparison: &Comparison,
    ) -> Result<Listed, LedgerError> {
        let mut listed = Listed::default();
        for part in 0..comparison.parts {
            if let Some(item) = self.get(Key::listed(source, part)).await? {
                let Record {
                    value: Part(bytes), ..
                } = from_item(item)?;
                let (names, _) = bytes.as_chunks();
                listed
                    .all
                    .extend(names.iter().map(|name| u64::from_be_bytes(*name)));
            }
        }
        Ok(listed)
    }

    /// All open invoices of a source in a mode, by the index.
    pub async fn open_of(
        &self,
        source: &SourceName,
        mode: Mode,
    ) -> Result<BTreeSet<(DebtorKey, InvoiceId)>, LedgerError> {
        let mut open = BTreeSet::new();
        let found = |item: &Item| {
            let debtor = DebtorKey::parse(&text(item, "PK")).ok()?;
            let sk = text(item, "SK");
            let invoice = InvoiceId::parse(keys::open_invoice(&sk)?).ok()?;
            let realm = &debtor.realm;
            let is_it = realm.source == *source && realm.mode == mode;
            is_it.then_some((debtor, invoice))
        };
        let all = self.visit_open(|item| {
            open.extend(found(item));
            ControlFlow::Continue(())
        });
        let _ = all.await?; // it never breaks
        Ok(open)
    }
}
