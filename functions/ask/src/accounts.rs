//! Whose books a source's tool is asked for.

use std::collections::BTreeSet;

use dunning::value::{AccountId, Mode, SourceName};
use ledger::{Ledger, LedgerError};
use sources::no_account;

/// The account that the key is of, and those that the files' open invoices are of: each has a list of its own.
pub(crate) async fn accounts(
    ledger: &Ledger,
    source: &SourceName,
    mode: Mode,
) -> Result<Vec<AccountId>, LedgerError> {
    let open = ledger.open_of(source, mode).await?;
    let known = open.into_iter().map(|(debtor, _)| debtor.realm.account);
    let all: BTreeSet<AccountId> = known.chain([no_account()]).collect();
    Ok(all.into_iter().collect())
}
