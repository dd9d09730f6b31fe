//! The demo, told from the journals: what happened, what was sent, what was not and why.

use std::io::IsTerminal;

use dunning::file::Outlook;
use dunning::journal::{Line, What};
use dunning::value::{
    AccountId, CustomerId, DebtorKey, FileKey, InvoiceId, Mode, Realm, SourceName,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use local::World;

use crate::demo::error::DemoError;
use crate::demo::story::{Customer, Story};

/// One line of the timeline.
struct Moment {
    at: Timestamp,
    who: String,
    sign: Sign,
    text: String,
}

/// What kind of thing happened.
#[derive(Clone, Copy)]
enum Sign {
    Told,
    Mail,
    NotSent,
    Note,
}

impl Sign {
    fn as_str(self, colour: bool) -> &'static str {
        match (self, colour) {
            (Self::Told, false) => "<-",
            (Self::Mail, false) => "->",
            (Self::NotSent, false) => " x",
            (Self::Told, true) => "\x1b[34m<-\x1b[0m",
            (Self::Mail, true) => "\x1b[32m->\x1b[0m",
            (Self::NotSent, true) => "\x1b[33m x\x1b[0m",
            (Self::Note, _) => "  ",
        }
    }
}

/// Prints the whole story.
pub(crate) async fn print(
    world: &World,
    story: &Story,
    files: &[String],
    ignored: &[(Timestamp, &str, String)],
) -> Result<(), DemoError> {
    let zone = world.policy.company.time_zone.get().clone();
    println!(
        "Eight invoices of {}, told by signed Stripe webhooks:\n",
        world.policy.company.name
    );
    for invoice in &story.invoices {
        println!(
            "  {}  {:<22} {}",
            invoice.number, invoice.customer.name, invoice.life
        );
    }
    println!("\n<- Stripe tells   -> a mail leaves    x not sent, and why");
    let mut moments = mails(world, story, files);
    moments.extend(ignored.iter().map(|(at, number, answer)| Moment {
        at: *at,
        who: (*number).to_owned(),
        sign: Sign::Told,
        text: format!("the same again: {}", answer.trim_end()),
    }));
    let mut customers: Vec<Customer> = story
        .invoices
        .iter()
        .map(|invoice| invoice.customer)
        .collect();
    customers.sort_by_key(|customer| customer.id);
    customers.dedup_by_key(|customer| customer.id);
    for customer in customers {
        for entry in world.ledger.journal(&key(customer)).await? {
            moments.extend(tell(entry.at, &entry.lines, customer, story, &zone));
        }
    }
    moments.sort_by_key(|moment| moment.at);
    print_moments(&moments, &zone);
    Ok(())
}

pub(super) fn key(customer: Customer) -> DebtorKey {
    let known = "the names of the story are plain";
    DebtorKey {
        realm: Realm {
            source: SourceName::parse("stripe").expect(known),
            account: AccountId::parse("default").expect(known),
            mode: Mode::Live,
        },
        customer: CustomerId::parse(customer.id).expect(known),
    }
}

fn print_moments(moments: &[Moment], zone: &TimeZone) {
    let colour = std::io::stdout().is_terminal();
    let mut today = None;
    let mut last = None;
    for moment in moments {
        let here = moment.at.to_zoned(zone.clone());
        if today != Some(here.date()) {
            let heading = here.strftime("%A %-d %B %Y");
            if colour {
                println!("\n\x1b[1m{heading}\x1b[0m");
            } else {
                println!("\n{heading}");
            }
            today = Some(here.date());
            last = None;
        }
        let time = here.strftime("%H:%M").to_string();
        let shown = (time.clone(), moment.who.clone());
        let same = last.as_ref() == Some(&shown);
        let (time, who) = if same {
            ("", "")
        } else {
            (time.as_str(), moment.who.as_str())
        };
        println!(
            "  {time:<5}  {who:<20}  {} {}",
            moment.sign.as_str(colour),
            moment.text
        );
        last = Some(shown);
    }
}

fn mails(world: &World, story: &Story, files: &[String]) -> Vec<Moment> {
    let mail = |(mail, file): (&local::Mail, &String)| Moment {
        at: mail.sent.at,
        who: match &mail.file {
            Some(FileKey::Team) | None => "the team".to_owned(),
            Some(FileKey::Debtor(debtor)) => {
                let first = mail.invoices.first();
                let known = first.and_then(|first| {
                    story
                        .invoices
                        .iter()
                        .find(|known| known.id == first.as_str())
                });
                known.map_or_else(|| debtor.to_string(), |known| known.number.to_owned())
            }
        },
        sign: Sign::Mail,
        text: format!("\"{}\"  [{file}]", mail.sent.subject),
    };
    world.mails().iter().zip(files).map(mail).collect()
}

/// One entry of a journal; steps that share a fate share a line.
fn tell(
    at: Timestamp,
    lines: &[Line],
    customer: Customer,
    story: &Story,
    zone: &TimeZone,
) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    let mut fates: Vec<(String, Sign, Fate, Vec<String>)> = Vec::new();
    for line in lines {
        let who = who(line, customer, story).to_owned();
        match fate(&line.what, zone) {
            Some((sign, fate, step)) => {
                match fates
                    .iter_mut()
                    .find(|(known, _, other, _)| *known == who && *other == fate)
                {
                    Some((.., steps)) => steps.push(step),
                    None => fates.push((who, sign, fate, vec![step])),
                }
            }
            None => {
                if let Some((sign, text)) = event(&line.what, story) {
                    moments.push(Moment {
                        at,
                        who,
                        sign,
                        text,
                    });
                }
            }
        }
    }
    let shared = fates.into_iter().map(|(who, sign, fate, steps)| {
        let text = format!("{}{}{}", fate.before, steps.join(", "), fate.after);
        Moment {
            at,
            who,
            sign,
            text,
        }
    });
    let after = moments
        .iter()
        .position(|moment| !matches!(moment.sign, Sign::Told));
    let after = after.unwrap_or(moments.len());
    moments.splice(after..after, shared);
    moments
}

fn who<'a>(line: &Line, customer: Customer, story: &'a Story) -> &'a str {
    let invoice = line.invoice.as_ref().map(InvoiceId::as_str);
    let known = story
        .invoices
        .iter()
        .find(|known| Some(known.id) == invoice);
    known.map_or(customer.name, |known| known.number)
}

/// What several steps may share: the words around their names.
#[derive(PartialEq)]
struct Fate {
    before: &'static str,
    after: String,
}

fn fate(what: &What, zone: &TimeZone) -> Option<(Sign, Fate, String)> {
    let day = |at: &Timestamp| at.to_zoned(zone.clone()).strftime("%-d %b").to_string();
    let (sign, before, after, step) = match what {
        What::Planned { step, at } => (
            Sign::Note,
            "planned: ",
            String::new(),
            format!("{step} on {}", day(at)),
        ),
        What::Moved { step, to, why, .. } => (
            Sign::Note,
            "moved: ",
            format!(" ({why})"),
            format!("{step} to {}", day(to)),
        ),
        What::Skipped { step, why } => (
            Sign::NotSent,
            "skipped: ",
            format!(" ({why})"),
            step.to_string(),
        ),
        What::Cancelled { step, why } => (
            Sign::NotSent,
            "cancelled: ",
            format!(" ({why})"),
            step.to_string(),
        ),
        What::Merged { step, into } => (
            Sign::NotSent,
            "not sent: ",
            format!(" ({into} speaks for it)"),
            step.to_string(),
        ),
        _ => return None,
    };
    Some((sign, Fate { before, after }, step))
}

fn event(what: &What, story: &Story) -> Option<(Sign, String)> {
    match what {
        What::Told { kind, event } => {
            let told = story.events.iter().find(|told| told.id == event.as_str());
            let note = told.and_then(|told| told.note);
            Some((
                Sign::Told,
                note.map_or_else(|| kind.clone(), |note| format!("{kind}: {note}")),
            ))
        }
        // The mail has a line of its own, and a cancelled step has said why.
        What::Claimed { .. }
        | What::Sent { .. }
        | What::Delivered { .. }
        | What::Outlook(Outlook::Next { .. } | Outlook::NotChased(_)) => None,
        what => Some((Sign::Note, what.to_string())),
    }
}
