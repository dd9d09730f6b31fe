//! `relance show`: a debtor's or an invoice's file and its journal, from a deployed table.

use std::fmt::Write;

use clap::Args;
use dunning::file::{Debtor, Invoice, Step, StepState};
use dunning::ids::{AccountId, BadId, CustomerId, DebtorKey, InvoiceId, Mode, Realm, SourceName};
use ledger::{Entry, Ledger, LedgerError};

#[derive(Args)]
pub(crate) struct Options {
    /// The invoice's or the customer's id, as the billing tool has it
    id: String,
    /// The table: the stack's output `TableName`
    #[arg(long, env = "RELANCE_TABLE")]
    table: String,
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

#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowError {
    #[error(transparent)]
    Id(#[from] BadId),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(
        "there is neither an invoice nor a customer `{0}` of {1}: is it another source, account or mode?"
    )]
    Unknown(String, Realm),
}

pub(crate) async fn run(options: &Options) -> Result<(), ShowError> {
    let aws = crate::aws::config().await;
    let ledger = Ledger::new(aws_sdk_dynamodb::Client::new(&aws), &options.table);
    let realm = Realm {
        source: SourceName::parse(&options.source)?,
        account: AccountId::parse(&options.account)?,
        mode: if options.test { Mode::Test } else { Mode::Live },
    };
    print!("{}", show(&ledger, &realm, &options.id).await?);
    Ok(())
}

/// The file as a person reads it. No address and no link is in it.
async fn show(ledger: &Ledger, realm: &Realm, id: &str) -> Result<String, ShowError> {
    let invoice = InvoiceId::parse(id)?;
    let owner = ledger.owner(realm, &invoice).await?;
    let only = owner.is_some().then_some(&invoice);
    let debtor = match owner {
        Some(owner) => owner,
        None => DebtorKey {
            realm: realm.clone(),
            customer: CustomerId::parse(id)?,
        },
    };
    let Some(stored) = ledger.file(&debtor).await? else {
        return Err(ShowError::Unknown(id.to_owned(), realm.clone()));
    };
    let closed = ledger.closed(&debtor).await?;
    let journal = ledger.journal(&debtor).await?;
    let invoices = stored.file.open.values().chain(&closed);
    let wanted = invoices.filter(|invoice| only.is_none_or(|only| only == invoice.id()));
    let mut text = String::new();
    write_debtor(&mut text, &stored.file.debtor);
    wanted.for_each(|invoice| write_invoice(&mut text, invoice));
    write_journal(&mut text, &journal, only);
    Ok(text)
}

fn write_debtor(text: &mut String, debtor: &Debtor) {
    line(text, format_args!("Debtor {}", debtor.key));
    let facts = &debtor.told.facts;
    if let Some(name) = &facts.name {
        line(text, format_args!("  {name}"));
    }
    match &facts.email {
        None => line(text, format_args!("  no address to write to")),
        Some(email) => {
            if let Some(trouble) = debtor.held_addresses.get(email) {
                line(text, format_args!("  address held: {trouble:?}"));
            }
        }
    }
    for day in &debtor.mailed_on {
        line(text, format_args!("  written to on {day}"));
    }
    for (id, claim) in debtor.claims.iter().filter(|(_, claim)| !claim.expired) {
        let until = claim.settle_by;
        line(
            text,
            format_args!("  mail {id} is waiting for its fate until {until:.0}"),
        );
    }
}

fn write_invoice(text: &mut String, invoice: &Invoice) {
    let facts = invoice.facts();
    let number = facts.number.as_deref().unwrap_or("no number");
    let status = format!("{:?}", facts.status).to_lowercase();
    let due = facts
        .due_on
        .map_or("without due date".to_owned(), |day| format!("due on {day}"));
    line(text, format_args!("\nInvoice {number} ({})", facts.id));
    line(
        text,
        format_args!(
            "  {status}, {} of {} to pay, {due}",
            facts.remaining, facts.total
        ),
    );
    line(text, format_args!("  {}", invoice.outlook));
    let width = invoice
        .steps
        .iter()
        .map(|step| step.id.as_str().len())
        .max()
        .unwrap_or_default();
    for step in &invoice.steps {
        let at = step.at.strftime("%Y-%m-%d %H:%M UTC");
        line(
            text,
            format_args!("  {:width$}  {at}  {}", step.id.as_str(), state(step)),
        );
    }
}

fn state(step: &Step) -> String {
    match &step.state {
        StepState::Planned { again: false } => "planned".to_owned(),
        StepState::Planned { again: true } => "planned a second and last time".to_owned(),
        StepState::Mailed { claim, .. } => format!("mailed ({claim})"),
        StepState::Merged { into } => format!("not sent: {into} speaks for it"),
        StepState::Skipped(why) => format!("skipped: {why}"),
    }
}

/// Lines about an invoice, and those about all of the debtor's.
fn write_journal(text: &mut String, journal: &[Entry], only: Option<&InvoiceId>) {
    line(text, format_args!("\nJournal"));
    for entry in journal {
        let at = entry.at.strftime("%Y-%m-%d %H:%M:%S");
        for said in &entry.lines {
            if only.is_none() || said.invoice.is_none() || said.invoice.as_ref() == only {
                let about = said.invoice.as_ref().map_or("", InvoiceId::as_str);
                line(text, format_args!("  {at}  {about:20}  {}", said.what));
            }
        }
    }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    writeln!(text, "{}", content.to_string().trim_end()).expect("a string takes all");
}
