//! `relance.toml`, read and checked. All that is wrong is told at once.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::companies::{company, other_company, senders};
use super::hours::calendar;
use super::ladders::{Usual, first_contact_in, limits_in, sequences};
use super::rhythm::{FirstContact, Limits};
use super::table::{BadPolicy, Page, Table};
use super::terms::{Policy, PolicyVersion, Source};
use crate::limits;
use crate::value::SourceName;

impl Policy {
    /// Reads and checks `relance.toml`.
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        let page = Page::new(text);
        let read = read(page.whole(), text);
        let (policy, warnings) = page.judge(read)?;
        Ok(Self { warnings, ..policy })
    }
}

fn read(mut whole: Table<'_, '_>, text: &str) -> Option<Policy> {
    let company = company(whole.table("company"));
    let usual = company.as_ref().map(|company| &company.language);
    let (senders, names) = senders(whole.table("senders"), usual);
    let others = whole.table("companies").tables().into_iter();
    let others: Vec<_> = others
        .map(|(id, table)| other_company(id, table, company.as_ref(), &names))
        .collect();
    let calendar = calendar(whole.table("calendar"));
    let limits = limits(whole.table("limits"));
    let first_contact = first_contact(whole.table("first_contact"));
    let sources = sources(whole.table("sources"));
    let usual = Usual {
        limits: limits.clone(),
        first_contact,
    };
    let sequences = sequences(&mut whole, &usual, &names);
    whole.end();
    let digest = Sha256::digest(text);
    Some(Policy {
        version: PolicyVersion(hex::encode(&digest[..6])),
        company: company?,
        companies: others.into_iter().collect::<Option<_>>()?,
        senders,
        calendar: calendar?,
        limits,
        first_contact,
        sources,
        sequences,
        warnings: Vec::new(),
    })
}

fn limits(mut table: Table<'_, '_>) -> Limits {
    let limits = limits_in(&mut table, &Limits::default());
    table.end();
    limits
}

fn first_contact(mut table: Table<'_, '_>) -> FirstContact {
    let first_contact = first_contact_in(&mut table, FirstContact::default());
    table.end();
    first_contact
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
