//! What a command is about: an invoice or a customer of a deployed stack.

use clap::Args;
use dunning::value::{AccountId, BadId, CustomerId, DebtorKey, InvoiceId, Mode, Realm, SourceName};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::{Ledger, LedgerError, Target};
use runtime::PolicyError;

use crate::aws::{Account, AwsError};
use crate::stack::StackArgs;

/// Which invoices are meant, where ids alone do not say it.
#[derive(Args)]
pub(crate) struct RealmArgs {
    #[command(flatten)]
    pub(crate) stack: StackArgs,
    /// The billing source's name in the policy
    #[arg(long, default_value = "stripe")]
    source: String,
    /// The account at the source, where there are several
    #[arg(long, default_value = "default")]
    account: String,
    /// Look among test-mode invoices
    #[arg(long)]
    test: bool,
}

/// Where an id that a person gives is looked for.
#[derive(Args)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub(crate) realm: RealmArgs,
    /// The id is a customer's, though an invoice may have the same one
    #[arg(long)]
    customer: bool,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Id(#[from] BadId),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(
        "there is neither an invoice nor a customer `{0}` of {1}: is it another source, account or mode?"
    )]
    Unknown(String, Realm),
    #[error("`{0}` is a customer: a call is about an invoice, name that")]
    NotAnInvoice(String),
    #[error("nothing is known of a source `{0}`")]
    UnknownSource(SourceName),
    #[error("`{0}` is not erased: write its id when asked, or say --yes")]
    NotConfirmed(String),
    #[error(
        "a mail to `{0}` is on its way: it is paused now; run this again in half an hour, when that mail has been heard of"
    )]
    OnItsWay(String),
    #[error("--until {0} is not in the future")]
    Past(Date),
    #[error("--promised {0} is past")]
    PastPromise(Date),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("the imported invoices of {0} customers could not be let go: run it again")]
    NotLetIn(usize),
}

/// The day in UTC.
pub(crate) fn today() -> Date {
    runtime::Clock::system()
        .now()
        .to_zoned(TimeZone::UTC)
        .date()
}

impl RealmArgs {
    pub(crate) async fn ledger(&self, account: &Account) -> Result<Ledger, AwsError> {
        self.stack.open(account).await?.ledger()
    }

    pub(crate) fn realm(&self) -> Result<Realm, BadId> {
        Ok(Realm {
            source: SourceName::parse(&self.source)?,
            account: AccountId::parse(&self.account)?,
            mode: if self.test { Mode::Test } else { Mode::Live },
        })
    }
}

impl TargetArgs {
    /// Whose file an id means, or which invoice in it.
    pub(crate) async fn find(&self, ledger: &Ledger, id: &str) -> Result<Target, TargetError> {
        let (realm, customer) = (self.realm.realm()?, CustomerId::parse(id)?);
        if self.customer {
            let debtor = DebtorKey { realm, customer };
            return Ok(Target { debtor, only: None });
        }
        let invoice = InvoiceId::parse(id)?;
        Ok(ledger.find(&realm, invoice, customer).await?)
    }

    pub(crate) fn unknown(&self, id: &str) -> TargetError {
        match self.realm.realm() {
            Ok(realm) => TargetError::Unknown(id.to_owned(), realm),
            Err(bad) => bad.into(),
        }
    }
}
