//! `relance.toml`, read and checked. All that is wrong is told at once.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::hours::calendar;
use super::table::{BadPolicy, Page, Table};
use super::terms::{
    Attach, ChaseFrom, Company, FirstContact, LastLook, Limits, Policy, PolicyStep, PolicyVersion,
    Sender, Source,
};
use crate::limits;
use crate::value::{EmailAddress, Language, SourceName, StepId};

impl Policy {
    /// Reads and checks `relance.toml`.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        let page = Page::new(text);
        let read = read(page.whole(), text);
        page.judge(read)
    }

    /// Where a step stands in the order of severity; `None` if the policy no longer has it.
    pub fn rank(&self, step: &StepId) -> Option<usize> {
        self.steps.iter().position(|known| known.id == *step)
    }
}

fn read(mut whole: Table<'_, '_>, text: &str) -> Option<Policy> {
    let company = company(whole.table("company"));
    let usual = company.as_ref().map(|company| &company.language);
    let mut names = BTreeSet::new();
    let mut senders = BTreeMap::new();
    for (name, table) in whole.table("senders").tables() {
        let name = name.into_inner();
        senders.extend(sender(table, usual).map(|sender| (name.clone(), sender)));
        names.insert(name);
    }
    let calendar = calendar(whole.table("calendar"));
    let limits = limits(whole.table("limits"));
    let first_contact = first_contact(whole.table("first_contact"));
    let sources = sources(whole.table("sources"));
    let tables = whole.list("steps");
    if tables.is_empty() {
        whole.note(whole.at(), "there is no [[steps]]");
    }
    let steps = steps(tables, &names);
    whole.end();
    let digest = Sha256::digest(text);
    Some(Policy {
        version: PolicyVersion(hex::encode(&digest[..6])),
        company: company?,
        senders,
        calendar: calendar?,
        limits,
        first_contact,
        sources,
        steps,
    })
}

fn company(mut table: Table<'_, '_>) -> Option<Company> {
    let name = table.required("name");
    let footer = table.optional("footer");
    let team = table.required("team");
    let engineer = table.optional("engineer");
    let language = table.required::<Language>("language");
    let languages = table.optional::<Vec<Language>>("languages");
    if let (Some(language), Some(named)) = (&language, &languages)
        && !named.get_ref().contains(language.get_ref())
    {
        let what = format!(
            "company.languages lacks `{}`, company.language",
            language.get_ref()
        );
        table.note(named.span().start, what);
    }
    let time_zone = table.required("time_zone");
    table.end();
    Some(Company {
        name: name?.into_inner(),
        footer: footer.map(Spanned::into_inner).unwrap_or_default(),
        team: team?.into_inner(),
        engineer: engineer.map(Spanned::into_inner),
        language: language?.into_inner(),
        languages: languages.map(Spanned::into_inner),
        time_zone: time_zone?.into_inner(),
    })
}

/// A sender's name is a text, or a table with one for each language; that of the company's is for all others.
fn sender(mut table: Table<'_, '_>, usual: Option<&Language>) -> Option<Sender> {
    let (name, names) = if table.is_table("name") {
        let names = table.required::<BTreeMap<Language, String>>("name");
        let at = names.as_ref().map(|names| names.span().start);
        let names = names.map(Spanned::into_inner).unwrap_or_default();
        let name = usual.and_then(|usual| names.get(usual)).cloned();
        if let (None, Some(at), Some(usual)) = (&name, at, usual) {
            let what = "is missing in a sender's name: those get it whose language has none";
            table.note(at, format!("`{usual}`, the company's language, {what}"));
        }
        (name, names)
    } else {
        let name = table.required("name").map(Spanned::into_inner);
        (name, BTreeMap::new())
    };
    let email = table.required::<EmailAddress>("email");
    let reply_to = table.optional("reply_to");
    table.end();
    Some(Sender {
        name: name?,
        names,
        email: email?.into_inner(),
        reply_to: reply_to.map(Spanned::into_inner),
    })
}

fn limits(mut table: Table<'_, '_>) -> Limits {
    let usual = Limits::default();
    let mails_per_week = table.optional::<u8>("mails_per_week");
    let none = mails_per_week.as_ref().filter(|most| *most.get_ref() == 0);
    if let Some(none) = none {
        table.note(
            none.span().start,
            "limits: mails_per_week must be at least 1",
        );
    }
    let chase_from = table.optional::<ChaseFrom>("chase_from");
    table.end();
    Limits {
        mails_per_week: mails_per_week.map_or(usual.mails_per_week, Spanned::into_inner),
        chase_from: chase_from.map_or(usual.chase_from, Spanned::into_inner),
    }
}

fn first_contact(mut table: Table<'_, '_>) -> FirstContact {
    let usual = FirstContact::default();
    let mut days = |name, usual| {
        let Some(text) = table.optional::<String>(name) else {
            return usual;
        };
        let days = parse_days(text.get_ref());
        if days.is_none() {
            let said = text.get_ref();
            let what = format!("first_contact: {name} = \"{said}\" is not like \"3 days\"");
            table.note(text.span().start, what);
        }
        days.unwrap_or(usual)
    };
    let patience = days("patience", usual.patience);
    let limit = days("limit", usual.limit);
    table.end();
    FirstContact { patience, limit }
}

fn sources(table: Table<'_, '_>) -> BTreeMap<SourceName, Source> {
    let mut sources = BTreeMap::new();
    for (name, mut table) in table.tables() {
        let at = name.span().start;
        let name = SourceName::try_from(name.into_inner());
        let name = name.map_err(|why| table.note(at, format!("sources: {why}")));
        let tool = table.optional("tool");
        let url = table.optional("url");
        let mode = table.required("mode");
        let time_zone = table.required("time_zone");
        let chase_failed_charges = table.optional("chase_failed_charges");
        let quiet_days = table.optional("quiet_days");
        let api = table.optional("api");
        let account = account(&mut table);
        table.end();
        if let (Ok(name), Some(mode), Some(time_zone)) = (name, mode, time_zone) {
            let source = Source {
                tool: tool.map(Spanned::into_inner),
                url: url.map(Spanned::into_inner),
                mode: mode.into_inner(),
                time_zone: time_zone.into_inner(),
                chase_failed_charges: chase_failed_charges.is_some_and(Spanned::into_inner),
                quiet_days: quiet_days.map_or(Source::USUAL_QUIET_DAYS, Spanned::into_inner),
                api: api.map(Spanned::into_inner),
                account,
            };
            sources.insert(name, source);
        }
    }
    sources
}

/// What a tool calls an account has no blanks; more of it than an id is a mistake.
fn account(table: &mut Table<'_, '_>) -> Option<String> {
    let account = table.optional::<String>("account")?;
    let said = account.get_ref();
    if said.is_empty() || said.len() > limits::ID || !said.chars().all(|c| c.is_ascii_graphic()) {
        let what = format!(
            "account = {said:?} is no account: it has at most {} letters, digits and signs, and no blank",
            limits::ID
        );
        table.note(account.span().start, what);
    }
    Some(account.into_inner())
}

fn steps(tables: Vec<Table<'_, '_>>, senders: &BTreeSet<String>) -> Vec<PolicyStep> {
    let mut steps: Vec<PolicyStep> = Vec::new();
    for mut table in tables {
        let id = table.required::<String>("id");
        let on = table.required::<String>("on");
        let template = table.required::<String>("template");
        let sender = table.required::<String>("sender");
        let last_look = table.optional::<LastLook>("last_look");
        let attach = table.optional::<Attach>("attach");
        let name = id.as_ref().map_or("", |id| id.get_ref()).to_owned();
        let note = |at: &Spanned<String>, what: String| {
            table.note(at.span().start, format!("step `{name}`{what}"));
        };
        let parsed = id.as_ref().and_then(|id| parse_id(id.get_ref()));
        if let (Some(id), None) = (&id, &parsed) {
            note(
                id,
                ": an id has at most 32 small letters, digits and hyphens".to_owned(),
            );
        }
        let days = on.as_ref().and_then(|on| parse_on(on.get_ref()));
        if let (Some(on), None) = (&on, days) {
            let said = on.get_ref();
            let what =
                format!(": on = \"{said}\" is not like \"due - 15 days\" or \"due + 3 days\"");
            note(on, what);
        }
        if let Some(sender) = sender.as_ref().filter(|it| !senders.contains(it.get_ref())) {
            note(
                sender,
                format!(": there is no [senders.{}]", sender.get_ref()),
            );
        }
        if let Some(id) = &id
            && steps.iter().any(|known| known.id.as_str() == name)
        {
            note(id, " stands twice".to_owned());
        } else if let (Some(on), Some(days)) = (&on, days)
            && steps.last().is_some_and(|above| above.days >= days)
        {
            let order =
                "comes before the one above it: write the steps in the order of their dates";
            note(on, format!(" {order}"));
        }
        table.end();
        if let (Some(id), Some(days), Some(template), Some(sender)) =
            (parsed, days, template, sender)
        {
            steps.push(PolicyStep {
                id,
                days,
                template: template.into_inner(),
                sender: sender.into_inner(),
                last_look: last_look.map(Spanned::into_inner),
                attach: attach.map(Spanned::into_inner),
            });
        }
    }
    steps
}

fn parse_id(text: &str) -> Option<StepId> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let id = StepId::parse(text).ok()?;
    (text.len() <= limits::STEP_NAME && text.bytes().all(plain)).then_some(id)
}

/// `due`, `due - 15 days`, `due + 1 day`.
fn parse_on(on: &str) -> Option<i32> {
    let rest = on.trim().strip_prefix("due")?.trim();
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => return None,
    };
    parse_days(rest).map(|days| sign * days)
}

/// `15 days`, `1 day`.
fn parse_days(text: &str) -> Option<i32> {
    let text = text.trim();
    let number = text
        .strip_suffix("days")
        .or_else(|| text.strip_suffix("day"))?;
    let days: u16 = number.trim().parse().ok().filter(|days| *days <= 3650)?;
    Some(i32::from(days))
}
