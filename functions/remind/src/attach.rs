//! The invoice itself, attached where a step says so. Without it the mail leaves with its link.

use std::collections::BTreeMap;
use std::time::Duration;

use dunning::billing::Snapshot;
use dunning::file::Invoice;
use dunning::journal::{Line, What};
use dunning::policy::{Attach, PolicyStep};
use dunning::rules::Letter;
use dunning::value::{DebtorKey, InvoiceId};
use mail::Attachment;
use tokio::time::{Instant, timeout_at};

use crate::Remind;
use crate::apart::Apart;

/// So many invoices of a mail are attached, and no more: mailboxes refuse what is large.
const MOST_ATTACHED: usize = 5;
/// What all of them weigh at most, in bytes, which grow by a third on their way.
const HEAVIEST: usize = 7 * 1024 * 1024;
/// They must be here while the look is good.
const PATIENCE: Duration = Duration::from_secs(12);

/// What was fetched for a mail.
#[derive(Debug, Default)]
pub(crate) struct Fetched(BTreeMap<InvoiceId, Option<Vec<u8>>>);

impl Fetched {
    /// Whether there is nothing left to be tried for a letter.
    pub(crate) fn is_enough_for(&self, letter: &Letter) -> bool {
        attached(letter).all(|invoice| self.0.contains_key(invoice.id()))
    }

    /// What is attached.
    pub(crate) fn attachments(&self, letter: &Letter) -> Vec<Attachment> {
        let named = attached(letter).filter_map(|invoice| {
            let content = self.0.get(invoice.id())?.clone()?;
            let name = file_name(&invoice.name());
            Some(Attachment { name, content })
        });
        named.collect()
    }

    /// What the journal says of those that are not.
    pub(crate) fn missing(&self, letter: &Letter) -> Vec<Line> {
        let missing = attached(letter).filter(|invoice| self.0.get(invoice.id()) == Some(&None));
        let line = |invoice: &Invoice| Line::of(invoice.id(), What::NotAttached);
        missing.map(line).collect()
    }
}

/// The invoices of a letter that go along as they are.
pub(crate) fn attached(letter: &Letter) -> impl Iterator<Item = &Invoice> {
    letter.invoices.iter().take(MOST_ATTACHED)
}

/// As mail programs and file systems take it, whatever stands in the invoice's number.
fn file_name(number: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_".contains(c) {
            c
        } else {
            '-'
        }
    };
    let name: String = number.chars().map(plain).take(80).collect();
    format!("{}.pdf", name.trim_matches('-'))
}

impl Remind {
    /// Whether a letter's step wants its invoices attached.
    pub(crate) fn attaches(&self, letter: &Letter) -> bool {
        let step = self.policy.step(&letter.lead);
        let mail = step.and_then(PolicyStep::mail);
        mail.is_some_and(|mail| mail.attach == Some(Attach::Invoice))
    }

    /// Fetches what is to be attached: from the tool, or else by the link that it gave.
    pub(crate) async fn fetch(
        &self,
        debtor: &DebtorKey,
        balances: Vec<Snapshot>,
        fetched: &mut Fetched,
    ) {
        let deadline = Instant::now() + PATIENCE;
        let mut weight = 0;
        for balance in balances {
            let content = self.fetch_one(debtor, &balance, deadline).await;
            let content = content.filter(|content| weight + content.len() <= HEAVIEST);
            weight += content.as_ref().map_or(0, Vec::len);
            fetched.0.insert(balance.id, content);
        }
    }

    async fn fetch_one(
        &self,
        debtor: &DebtorKey,
        balance: &Snapshot,
        deadline: Instant,
    ) -> Option<Vec<u8>> {
        let pdf: Apart<'_, _> = Box::pin(self.asker.pdf(debtor, balance));
        match timeout_at(deadline, pdf).await {
            Ok(Ok(pdf)) => Some(pdf),
            Ok(Err(why)) => {
                tracing::warn!(%debtor, invoice = %balance.id, error = why.in_log(), "not attached");
                None
            }
            Err(_) => {
                tracing::warn!(%debtor, invoice = %balance.id, "not attached: it took too long");
                None
            }
        }
    }
}
