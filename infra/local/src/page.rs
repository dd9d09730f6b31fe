//! The page of `relance dev`: outbox, coming reminders, each debtor's journal.

use dunning::file::Pause;
use dunning::value::{EmailAddress, FileKey};
use minijinja::{AutoEscape, Environment, context};
use timetable::Knock;

use crate::world::{World, WorldError};

/// Renders the page. Everything in it may come from strangers, and is escaped.
pub(crate) async fn render(world: &World) -> Result<String, WorldError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let mut files = Vec::new();
    for debtor in world.debtors() {
        let Some(stored) = world.ledger.file(&debtor).await? else {
            continue;
        };
        let journal = world.ledger.journal(&debtor).await?;
        let lines = journal.iter().flat_map(|entry| {
            entry.lines.iter().map(|line| {
                context! { at => minute(entry.at), invoice => line.invoice.as_ref().map(ToString::to_string), text => line.what.to_string() }
            })
        });
        let facts = &stored.file.debtor.profile.value;
        files.push(context! {
            key => debtor.to_string(),
            name => facts.name.clone(),
            open => stored.file.open.len(),
            lines => lines.collect::<Vec<_>>(),
        });
    }
    let standstill = world.ledger.standstill().await?;
    let mails = world.mails().iter().enumerate().map(|(index, mail)| {
        context! {
            index,
            at => minute(mail.sent.at),
            to => mail.sent.to.iter().map(|to| shown(to)).collect::<Vec<_>>().join(", "),
            subject => mail.sent.subject.clone(),
            step => mail.step.as_ref().map(ToString::to_string),
            invoices => mail.invoices.iter().map(ToString::to_string).collect::<Vec<_>>(),
            team => mail.file == Some(FileKey::Team),
        }
    });
    let coming = world.aws.schedules().into_iter().map(|schedule| {
        let knock: Option<Knock> = serde_json::from_str(&schedule.input).ok();
        let step = schedule
            .name
            .split_once('-')
            .map(|(_, step)| step.to_owned());
        context! {
            at => minute(schedule.at),
            debtor => knock.as_ref().map(|knock| knock.file.to_string()),
            invoice => knock.and_then(|knock| knock.invoice).map(String::from),
            step,
        }
    });
    let page = environment.render_str(
        include_str!("page.html.j2"),
        context! {
            now => minute(world.clock.now()),
            standstill => standstill.map(standing_still),
            mails => mails.collect::<Vec<_>>(),
            coming => coming.collect::<Vec<_>>(),
            files,
        },
    );
    Ok(page.expect("the page's template is tested"))
}

/// As people write it: SES knows no umlauts.
fn shown(to: &str) -> String {
    EmailAddress::parse(to).map_or_else(|_| to.to_owned(), |address| address.shown())
}

fn minute(at: jiff::Timestamp) -> String {
    at.strftime("%a %Y-%m-%d %H:%M").to_string()
}

fn standing_still(pause: Pause) -> String {
    match pause.until {
        None => "Everything is paused".to_owned(),
        Some(day) => format!("Everything is paused until {day}"),
    }
}
