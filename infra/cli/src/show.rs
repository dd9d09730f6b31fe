//! `relance show`: a debtor's or an invoice's file and its journal, from a deployed table.

use std::fmt::Write;

use clap::Args;
use dunning::billing::{Contact, CustomerFacts, Instalment, Movement, Role, Tags};
use dunning::file::{Attempt, Debtor, Invoice, Mailbox, Pause, Reception, Step, StepState};
use dunning::value::{InvoiceId, SourceName};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{Entry, Ledger, LedgerError, Target};
use serde_json::{Value, json};

use crate::aws::Account;
use crate::target::{TargetArgs, TargetError, today};

#[derive(Args)]
pub(crate) struct Options {
    /// The invoice's or the customer's id, as the billing tool has it
    id: String,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: TargetArgs,
}

/// Prints the file as a person reads it. No address and no link is in it.
pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), TargetError> {
    let Options { id, json, target } = options;
    let ledger = target.realm.ledger(account).await?;
    let Target { debtor, only } = target.find(&ledger, id).await?;
    let Some(stored) = ledger.file(&debtor).await? else {
        return Err(target.unknown(id));
    };
    let closed = ledger.closed(&debtor).await?;
    let journal = ledger.journal(&debtor).await?;
    let standstill = ledger.standstill().await?;
    let only = only.as_ref();
    let invoices = stored.file.open.values().chain(&closed);
    let wanted = invoices.filter(|invoice| only.is_none_or(|only| only == invoice.id()));
    let debtor = &stored.file.debtor;
    let mailbox = mailbox(&ledger, debtor).await?;
    let source = &debtor.key.realm.source;
    let reception = ledger.reception(source).await?.unwrap_or_default();
    let standstill = standstill.filter(|pause| pause.is_on(today()));
    if *json {
        let shown = json!({
            "everything_paused": standstill.map(paused),
            "debtor": debtor_json(debtor, &mailbox),
            "source": { "accepted_at": reception.accepted_at, "refused_since": reception.refused_since },
            "invoices": wanted.map(invoice_json).collect::<Vec<_>>(),
            "journal": journal_json(&journal, only),
        });
        println!("{shown:#}");
        return Ok(());
    }
    let mut text = String::new();
    if let Some(pause) = standstill {
        line(&mut text, format_args!("Everything is {}", paused(pause)));
    }
    write_debtor(&mut text, debtor, &mailbox);
    write_source(&mut text, source, &reception);
    wanted.for_each(|invoice| write_invoice(&mut text, invoice));
    write_journal(&mut text, &journal, only);
    print!("{text}");
    Ok(())
}

/// What is known of the mailbox of its address.
async fn mailbox(ledger: &Ledger, debtor: &Debtor) -> Result<Mailbox, LedgerError> {
    let Some(email) = &debtor.profile.value.email else {
        return Ok(Mailbox::default());
    };
    let mailbox = ledger.mailbox(&email.mailbox()).await?;
    Ok(mailbox.unwrap_or_default())
}

fn paused(pause: Pause) -> String {
    match pause.until {
        None => "paused".to_owned(),
        Some(day) => format!("paused until {day}"),
    }
}

/// As a program reads it. No address and no link is in it either.
fn debtor_json(debtor: &Debtor, mailbox: &Mailbox) -> Value {
    let profile = &debtor.profile.value;
    let trouble = profile.email.as_ref().and_then(|email| {
        let trouble = debtor.trouble_at(email).max(mailbox.trouble.as_ref());
        trouble.map(|trouble| format!("{trouble:?}").to_lowercase())
    });
    json!({
        "key": debtor.key.to_string(),
        "name": profile.name,
        "has_address": profile.email.is_some(),
        "address_on_hold": trouble,
        "paused": debtor.paused.filter(|pause| pause.is_on(today())).map(paused),
        "written_to_on": debtor.mailed_on,
    })
}

fn invoice_json(invoice: &Invoice) -> Value {
    let balance = invoice.balance();
    let steps = invoice
        .steps
        .iter()
        .map(|step| json!({ "id": step.id.as_str(), "at": step.at, "state": state(step) }));
    json!({
        "id": balance.id,
        "number": balance.number,
        "status": format!("{:?}", balance.status).to_lowercase(),
        "remaining": balance.remaining.to_string(),
        "total": balance.total.to_string(),
        "due_on": balance.due_on,
        "outlook": invoice.outlook.to_string(),
        "paused": invoice.paused.filter(|pause| pause.is_on(today())).map(paused),
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn journal_json(journal: &[Entry], only: Option<&InvoiceId>) -> Vec<Value> {
    let of_interest =
        |about: Option<&InvoiceId>| only.is_none() || about.is_none() || about == only;
    let entry = |entry: &Entry| {
        let lines = entry.lines.iter();
        let lines = lines.filter(|line| of_interest(line.invoice.as_ref()));
        lines
            .map(|line| json!({ "at": entry.at, "invoice": line.invoice, "says": line.what.to_string() }))
            .collect::<Vec<_>>()
    };
    journal.iter().flat_map(entry).collect()
}

fn write_debtor(text: &mut String, debtor: &Debtor, mailbox: &Mailbox) {
    line(text, format_args!("Debtor {}", debtor.key));
    let profile = &debtor.profile.value;
    if let Some(name) = &profile.name {
        line(text, format_args!("  {name}"));
    }
    match &profile.email {
        None => line(text, format_args!("  no address to write to")),
        Some(email) => {
            let trouble = debtor.trouble_at(email).max(mailbox.trouble.as_ref());
            if let Some(trouble) = trouble {
                line(text, format_args!("  address on hold: {trouble:?}"));
            }
        }
    }
    for address in &profile.unusable_emails {
        line(text, format_args!("  {address}"));
    }
    if let Some(pause) = debtor.paused.filter(|pause| pause.is_on(today())) {
        line(text, format_args!("  {}", paused(pause)));
    }
    write_wishes(text, profile.left_alone, profile.not_before);
    write_noted(
        text,
        profile.plan.as_deref(),
        &profile.contacts,
        &profile.tags,
    );
    write_facts(text, &debtor.facts);
    for day in &debtor.mailed_on {
        line(text, format_args!("  written to on {day}"));
    }
    write_mailbox(text, debtor, mailbox);
    for (id, claim) in debtor.claims.iter().filter(|(_, claim)| !claim.expired) {
        let until = claim.unknown_after;
        line(
            text,
            format_args!("  mail {id} is waiting for its fate until {until:.0}"),
        );
    }
}

/// When its source was heard last, and since when what comes for it is refused.
fn write_source(text: &mut String, source: &SourceName, known: &Reception) {
    if let Some(at) = known.accepted_at {
        line(
            text,
            format_args!(
                "  something of {source} was last taken in at about {}",
                minute(at)
            ),
        );
    }
    if let Some(since) = known.refused_since {
        line(
            text,
            format_args!(
                "  something sent for {source} has been refused since {}",
                minute(since)
            ),
        );
    }
    let released_at = known.released_at;
    if let Some(at) = released_at.filter(|at| known.accepted_at <= Some(*at)) {
        line(
            text,
            format_args!("  {source} was released by a person at {}", minute(at)),
        );
    }
}

fn minute(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%Y-%m-%d %H:%M UTC")
}

/// What the tool's users noted of a customer or of an invoice. Whom to turn to is named without addresses.
fn write_noted(text: &mut String, plan: Option<&str>, contacts: &[Contact], tags: &Tags) {
    if let Some(plan) = plan {
        line(text, format_args!("  plan: {plan}"));
    }
    for contact in contacts {
        let role = match contact.role {
            Role::Invoice => "gets the invoices",
            Role::Payer => "pays",
            Role::Approver => "approves",
            Role::Escalation => "decides",
            Role::AccountManager => "account manager",
            Role::Newer => "a part that a newer version knows",
        };
        let name = contact.name.as_deref().filter(|name| !name.contains('@'));
        let name = name.unwrap_or("no name");
        let address = match contact.email {
            Some(_) => "",
            None => ", no address",
        };
        line(text, format_args!("  contact ({role}): {name}{address}"));
    }
    for (name, said) in tags.iter() {
        // No address and no link is shown, wherever it stands.
        let said = if said.is_empty() || said.contains(['@', ':']) {
            String::new()
        } else {
            format!(": {said}")
        };
        line(text, format_args!("  tag {name}{said}"));
    }
}

/// What the tool wants, of a customer or of an invoice.
fn write_wishes(text: &mut String, left_alone: bool, not_before: Option<Date>) {
    if left_alone {
        line(text, format_args!("  the tool wants nothing sent"));
    }
    if let Some(day) = not_before {
        line(
            text,
            format_args!("  the tool wants nothing sent before {day}"),
        );
    }
}

/// What other customers have of its mailbox.
fn write_mailbox(text: &mut String, debtor: &Debtor, mailbox: &Mailbox) {
    for day in mailbox.days_of_others(&debtor.key) {
        line(
            text,
            format_args!("  its mailbox had a mail for another customer on {day}"),
        );
    }
    let known = debtor
        .mailbox
        .as_ref()
        .and_then(|known| known.turn.as_ref());
    if let Some(turn) = known.filter(|turn| turn.on >= today()) {
        let others = mailbox
            .waiting
            .iter()
            .filter(|other| other.debtor != debtor.key)
            .count();
        line(
            text,
            format_args!(
                "  {} waits for its mailbox since {}, and is tried on {}; other customers that wait: {others}",
                turn.step, turn.since, turn.on
            ),
        );
    }
}

fn write_facts(text: &mut String, facts: &CustomerFacts) {
    if facts.is_deleted() {
        line(text, format_args!("  the tool has the customer no more"));
    }
    for (id, pending, until) in facts.pending() {
        let what_for = pending.invoice.as_ref();
        let what_for = what_for.map_or(String::new(), |invoice| format!(" for {invoice}"));
        line(
            text,
            format_args!("  payment {id}{what_for} is on its way, until {until}"),
        );
    }
    for unapplied in facts.unapplied.values() {
        let money = unapplied.latest.value;
        let released = unapplied.held().map_or(", released", |_| "");
        if money.minor > 0 {
            line(
                text,
                format_args!("  {money} of its money is on no invoice{released}"),
            );
        }
    }
}

fn write_invoice(text: &mut String, invoice: &Invoice) {
    let balance = invoice.balance();
    let number = balance.number.as_deref().unwrap_or("no number");
    let status = format!("{:?}", balance.status).to_lowercase();
    let due = balance
        .due_on
        .map_or("without due date".to_owned(), |day| format!("due on {day}"));
    line(text, format_args!("\nInvoice {number} ({})", balance.id));
    line(
        text,
        format_args!(
            "  {status}, {} of {} to pay, {due}",
            balance.remaining, balance.total
        ),
    );
    for (id, moved) in &invoice.debt.movements.by_id {
        let Movement { kind, amount } = moved.latest.value;
        let (kind, on) = (
            format!("{kind:?}").to_lowercase(),
            moved.since.strftime("%Y-%m-%d"),
        );
        line(
            text,
            format_args!("  {kind} of {amount}, told of on {on} ({id})"),
        );
    }
    for Instalment { due_on, amount } in &balance.instalments {
        line(text, format_args!("  {amount} of it is due on {due_on}"));
    }
    write_wishes(text, balance.left_alone, balance.not_before);
    write_noted(
        text,
        balance.plan.as_deref(),
        &balance.contacts,
        &balance.tags,
    );
    if let Some(until) = balance.payment_pending_until {
        line(
            text,
            format_args!("  a payment is on its way, until {until}"),
        );
    }
    line(text, format_args!("  {}", invoice.outlook));
    if let Some(pause) = invoice.paused.filter(|pause| pause.is_on(today())) {
        line(text, format_args!("  {}", paused(pause)));
    }
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
        StepState::Planned { attempt } => match attempt {
            Attempt::First => "planned".to_owned(),
            Attempt::Last => "planned a second and last time".to_owned(),
        },
        StepState::Claimed { claim, .. } => format!("mailed ({claim}), not heard of yet"),
        StepState::Asked { .. } => "asked of the team".to_owned(),
        StepState::Signalled {
            rehearsed: true, ..
        } => "told to nobody, in a rehearsal".to_owned(),
        StepState::Signalled {
            undo: Some(undo), ..
        } => {
            format!("told to your automation; {undo} once it is settled")
        }
        StepState::Signalled { undo: None, .. } => "told to your automation".to_owned(),
        StepState::SentBefore { .. } => "sent before Relance".to_owned(),
        StepState::Heard { claim, .. } => format!("mailed ({claim})"),
        StepState::Unheard { claim } => format!("reached nobody ({claim})"),
        StepState::Unknown { claim, .. } => format!("mailed, or perhaps not ({claim})"),
        StepState::Merged { into } => format!("not sent: {into} speaks for it"),
        StepState::Skipped(why) => format!("skipped: {why}"),
        StepState::Newer(newer) => format!("{newer}, as a newer version calls it"),
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
