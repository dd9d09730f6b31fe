//! Planning anew what is planned already: a debtor's open invoices, or page by page all that are open.
//!
//! Items that an earlier version wrote stand in no index, so all of the table is read, by its keys alone.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity};
use dunning::policy::Policy;
use dunning::rules::{Change, Context, replan};
use dunning::value::{DebtorKey, InvoiceId};
use runtime::Clock;
use serde::{Deserialize, Serialize};

use crate::basis::StoredFile;
use crate::commit::Commit;
use crate::error::LedgerError;
use crate::items::{key_item, text};
use crate::keys::{self, Key};
use crate::table::Ledger;
use crate::update::Proposal;

/// How many invoices were planned anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replanned {
    /// Those that were looked at.
    pub invoices: usize,
    /// Those that were written, since something was to be changed.
    pub changed: usize,
}

/// How far the reading of a part of the table has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Nothing is read.
    #[default]
    Start,
    /// All up to this item, by its two keys.
    After(String, String),
    /// All of it.
    End,
}

/// A page of a part of the table.
#[derive(Debug)]
pub struct Page {
    /// Whose open invoices stand in it. A debtor whose invoices end a page may begin the next one.
    pub debtors: BTreeSet<DebtorKey>,
    /// How many items were read.
    pub items: usize,
    /// What reading it took, in units of DynamoDB.
    pub units: f64,
    /// How far the part is read now.
    pub place: Place,
}

impl Ledger {
    /// Plans a debtor's open invoices anew, or only one of them, one transaction each: a failure in the
    /// middle leaves the rest to the next try.
    pub async fn replan(
        &self,
        debtor: &DebtorKey,
        only: Option<&InvoiceId>,
        policy: &Policy,
        clock: &Clock,
    ) -> Result<Replanned, LedgerError> {
        let mut replanned = Replanned::default();
        let Some(stored) = self.file(debtor).await? else {
            return Ok(replanned);
        };
        let open = stored.file.open.keys();
        for id in open.filter(|id| only.is_none_or(|only| only == *id)) {
            replanned.invoices += 1;
            if self.replan_one(debtor, &stored, id, policy, clock).await? {
                replanned.changed += 1;
            }
        }
        Ok(replanned)
    }

    /// Plans an invoice anew, first by the file as it was read; if somebody was quicker, by the file as it
    /// is by then. Gives whether something was to be changed.
    async fn replan_one(
        &self,
        debtor: &DebtorKey,
        read: &StoredFile,
        id: &InvoiceId,
        policy: &Policy,
        clock: &Clock,
    ) -> Result<bool, LedgerError> {
        let mut known = Some(read);
        let updated = self.update(move || {
            let known = known.take();
            Box::pin(async move {
                let newer;
                let StoredFile { file, basis } = if let Some(known) = known {
                    known
                } else {
                    newer = self.file(debtor).await?;
                    let Some(newer) = &newer else {
                        return Ok(Proposal::Nothing(()));
                    };
                    newer
                };
                let now = clock.now();
                let change = match file.open.get(id) {
                    Some(invoice) => replan(Context::new(policy, now), &file.debtor, invoice),
                    None => Change::default(),
                };
                if change.is_empty() {
                    return Ok(Proposal::Nothing(()));
                }
                let commit = Commit::new(debtor, basis.clone(), change, now);
                Ok::<_, LedgerError>(Proposal::write(commit, ()))
            })
        });
        Ok(updated.await?.written.is_some())
    }

    /// About as many items as the table has, as DynamoDB counted them some hours ago; none if it does not say.
    pub async fn about_how_many_items(&self) -> Option<usize> {
        let request = self.client.describe_table().table_name(&self.table);
        let answer = request.send().await.ok()?;
        usize::try_from(answer.table()?.item_count()?).ok()
    }

    /// Reads the next page of a part of the table, of so many parts: whose open invoices stand there.
    pub async fn page(&self, part: u8, of: u8, place: &Place) -> Result<Page, LedgerError> {
        let after = match place {
            Place::End => return Ok(Page::empty()),
            Place::Start => None,
            Place::After(pk, sk) => Some(key_item(Key {
                pk: pk.clone(),
                sk: sk.clone(),
            })),
        };
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .segment(part.into())
            .total_segments(of.into())
            .projection_expression("PK, SK")
            .filter_expression("begins_with(SK, :open)")
            .expression_attribute_values(":open", AttributeValue::S(keys::OPEN.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(after);
        let answer = scan.send().await.map_err(LedgerError::from_sdk)?;
        Ok(Page::of(answer))
    }
}

impl Page {
    fn empty() -> Self {
        Self {
            debtors: BTreeSet::new(),
            items: 0,
            units: 0.0,
            place: Place::End,
        }
    }

    fn of(answer: ScanOutput) -> Self {
        let units = answer
            .consumed_capacity()
            .and_then(ConsumedCapacity::capacity_units);
        let debtors = answer
            .items()
            .iter()
            .filter_map(|item| DebtorKey::parse(&text(item, "PK")).ok());
        Self {
            debtors: debtors.collect(),
            items: usize::try_from(answer.scanned_count()).unwrap_or_default(),
            units: units.unwrap_or_default(),
            place: answer.last_evaluated_key().map_or(Place::End, |key| {
                Place::After(text(key, "PK"), text(key, "SK"))
            }),
        }
    }
}
