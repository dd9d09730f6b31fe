//! What is another for all debts, or for all of a source or a company.

use std::collections::BTreeMap;

use dunning::calendar::{Calendar, weekday_name};
use dunning::policy::{BankAccount, Company, Policy, Sender, Source};
use dunning::value::{Currency, EmailAddress, Language};

use super::difference::{Effect, Everywhere, Table, Turned};
use super::sequences::rhythm;
use super::steps::{NONE, list, whom};

/// All that changed, in the order in which a policy has it.
pub(super) fn compare(before: &Policy, after: &Policy) -> Vec<Everywhere> {
    let rhythm = rhythm(
        (&before.limits, before.first_contact),
        (&after.limits, after.first_contact),
    );
    let rhythm = rhythm.into_iter().map(|(table, turned)| Turned {
        key: format!("{table}.{}", turned.key),
        ..turned
    });
    let mut all = companies(before, after);
    all.extend(senders(before, after));
    all.extend(turned(calendar(&before.calendar, &after.calendar)));
    all.extend(turned(rhythm));
    all.extend(sources(before, after));
    all
}

fn turned(turned: impl IntoIterator<Item = Turned>) -> impl Iterator<Item = Everywhere> {
    turned.into_iter().map(Everywhere::Turned)
}

/// Tables by their places: those that are new, gone, or changed.
fn tables<T>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    table: impl Fn(&str, &T) -> Table,
    compare: impl Fn(&str, &T, &T) -> Vec<Turned>,
) -> Vec<Everywhere> {
    let mut all = Vec::new();
    for (place, is) in after {
        match before.get(place) {
            Some(was) => all.extend(turned(compare(place, was, is))),
            None => all.push(Everywhere::New(table(place, is))),
        }
    }
    let gone = before
        .iter()
        .filter(|(place, _)| !after.contains_key(*place));
    all.extend(gone.map(|(place, was)| Everywhere::Gone(table(place, was))));
    all
}

fn companies(before: &Policy, after: &Policy) -> Vec<Everywhere> {
    let first = first_company(&before.company, &after.company);
    let others = |policy: &Policy| {
        let others = policy.companies.iter().cloned();
        let others = others.map(|other| (format!("companies.{}", other.id), other));
        others.collect::<BTreeMap<_, _>>()
    };
    let others = tables(
        &others(before),
        &others(after),
        |place, other| Table::Company(place.to_owned(), whom(Some(&other.when), "")),
        |place, was, is| {
            let when = |when| whom(Some(when), "");
            let when = Turned::of(format!("{place}.when"), when(&was.when), when(&is.when));
            let when = when.map(|when| when.with(Effect::AnotherCompany));
            let words = letterhead(place, &was.company, &is.company);
            when.into_iter().chain(words).collect()
        },
    );
    turned(first).chain(others).collect()
}

/// What is said of the first company alone.
fn first_company(was: &Company, is: &Company) -> Vec<Turned> {
    let languages = |company: &Company| {
        let named = company.languages.as_ref();
        let named = named.map(|named| list(named.iter().map(Language::to_string)));
        named.unwrap_or_else(|| "all".to_owned())
    };
    let own = [
        Turned::of("company.team", was.team.as_str(), is.team.as_str()),
        Turned::of(
            "company.engineer",
            address(was.engineer.as_ref()),
            address(is.engineer.as_ref()),
        ),
        Turned::of(
            "company.deputy",
            address(was.deputy.as_ref()),
            address(is.deputy.as_ref()),
        ),
        Turned::of("company.language", &was.language, &is.language),
        Turned::of("company.languages", languages(was), languages(is)),
        Turned::of(
            "company.time_zone",
            was.time_zone.as_str(),
            is.time_zone.as_str(),
        ),
    ];
    let mut all = letterhead("company", was, is);
    all.extend(own.into_iter().flatten());
    all
}

fn address(known: Option<&EmailAddress>) -> &str {
    known.map_or(NONE, EmailAddress::as_str)
}

/// What speaks for a company in a mail.
fn letterhead(place: &str, was: &Company, is: &Company) -> Vec<Turned> {
    let footer = |company: &Company| match company.footer.as_slice() {
        [] => NONE.to_owned(),
        lines => lines.join(" / "),
    };
    let words = [
        Turned::of(format!("{place}.name"), &was.name, &is.name),
        Turned::of(format!("{place}.footer"), footer(was), footer(is)),
    ];
    let account = |company: &Company, currency: &Currency| {
        let account = company.accounts.get(currency);
        account.map_or(NONE.to_owned(), bank_account)
    };
    let mut currencies: Vec<&Currency> = was.accounts.keys().chain(is.accounts.keys()).collect();
    currencies.sort();
    currencies.dedup();
    let accounts = currencies.into_iter().filter_map(|currency| {
        let key = format!("{place}.accounts.{currency}");
        Turned::of(key, account(was, currency), account(is, currency))
    });
    words.into_iter().flatten().chain(accounts).collect()
}

fn bank_account(account: &BankAccount) -> String {
    let BankAccount {
        holder,
        bank,
        number,
        bank_code,
    } = account;
    let number = Some(number.shown());
    let parts = [holder.clone(), bank.clone(), number, bank_code.clone()];
    list(parts.into_iter().flatten())
}

fn senders(before: &Policy, after: &Policy) -> Vec<Everywhere> {
    let all = |policy: &Policy| {
        let all = policy.all_senders();
        let all = all.map(|(place, sender)| (place, sender.clone()));
        all.collect::<BTreeMap<_, _>>()
    };
    let table = |place: &str, _: &Sender| Table::Sender(place.to_owned());
    tables(&all(before), &all(after), table, |place, was, is| {
        let key = |name: &str| format!("{place}.{name}");
        let turned = [
            Turned::of(key("name"), sender_name(was), sender_name(is)),
            Turned::of(key("email"), was.email.as_str(), is.email.as_str()),
            Turned::of(
                key("reply_to"),
                address(was.reply_to.as_ref()),
                address(is.reply_to.as_ref()),
            ),
            Turned::of(
                key("account_manager"),
                was.account_manager,
                is.account_manager,
            ),
        ];
        turned.into_iter().flatten().collect()
    })
}

fn sender_name(sender: &Sender) -> String {
    if sender.names.is_empty() {
        return sender.name.clone();
    }
    let names = sender.names.iter();
    list(names.map(|(language, name)| format!("{language} \"{name}\"")))
}

fn calendar(was: &Calendar, is: &Calendar) -> Vec<Turned> {
    let window = |calendar: &Calendar| {
        let closes = calendar.closes.map_or("24:00".to_owned(), |closes| {
            closes.strftime("%H:%M").to_string()
        });
        format!("{} to {closes}", calendar.opens.strftime("%H:%M"))
    };
    let weekend = |calendar: &Calendar| {
        let own = calendar.weekend.as_ref();
        let own = own.map(|days| list(days.iter().map(|day| weekday_name(*day).to_owned())));
        own.unwrap_or_else(|| "as the debtor's country has it".to_owned())
    };
    let closed = |calendar: &Calendar| list(calendar.closed.iter().map(ToString::to_string));
    let send_at = |calendar: &Calendar| calendar.send_at.strftime("%H:%M").to_string();
    let turned = [
        Turned::of("calendar.send_at", send_at(was), send_at(is)),
        Turned::of("calendar.window", window(was), window(is)),
        Turned::of("calendar.weekend", weekend(was), weekend(is)),
        Turned::of("calendar.holidays", was.holidays, is.holidays),
        Turned::of("calendar.closed", closed(was), closed(is)),
    ];
    turned.into_iter().flatten().collect()
}

fn sources(before: &Policy, after: &Policy) -> Vec<Everywhere> {
    let all = |policy: &Policy| {
        let all = policy.sources.iter();
        let all = all.map(|(name, source)| (name.to_string(), source.clone()));
        all.collect::<BTreeMap<_, _>>()
    };
    let table = |name: &str, _: &Source| Table::Source(name.to_owned());
    tables(&all(before), &all(after), table, source)
}

fn source(name: &str, was: &Source, is: &Source) -> Vec<Turned> {
    let key = |key: &str| format!("sources.{name}.{key}");
    let said = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
    let tool = |source: &Source| source.tool.clone().unwrap_or_else(|| name.to_owned());
    let api = |source: &Source| said(&source.api.as_ref().map(ToString::to_string));
    let mode = Turned::of(key("mode"), was.mode.as_str(), is.mode.as_str());
    let days = |source: &Source| source.quiet_days;
    let charges = |source: &Source| source.chase_failed_charges;
    let turned = [
        Turned::of(key("tool"), tool(was), tool(is)),
        Turned::of(key("url"), said(&was.url), said(&is.url)),
        mode.map(|mode| mode.with(Effect::OtherModeIsHeld)),
        Turned::of(
            key("time_zone"),
            was.time_zone.as_str(),
            is.time_zone.as_str(),
        ),
        Turned::of(key("chase_failed_charges"), charges(was), charges(is)),
        Turned::of(key("quiet_days"), days(was), days(is)),
        Turned::of(key("api"), api(was), api(is)),
        Turned::of(key("account"), said(&was.account), said(&is.account)),
    ];
    turned.into_iter().flatten().collect()
}
