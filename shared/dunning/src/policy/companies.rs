//! The companies of `relance.toml`, where transfers go, and who writes.

use std::collections::BTreeMap;

use toml::Spanned;

use super::company::{AccountNumber, BankAccount, Company, OtherCompany, Sender};
use super::condition::Condition;
use super::table::Table;
use crate::value::{Currency, EmailAddress, Language};

/// What is named, and where.
pub(super) type Names = BTreeMap<String, usize>;

/// The first company, which is everybody's unless another is.
pub(super) fn company(mut table: Table<'_, '_>) -> Option<Company> {
    let name = table.required("name");
    let footer = table.optional("footer");
    let team = table.required("team");
    let engineer = table.optional("engineer");
    let deputy = table.optional("deputy");
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
    let accounts = accounts(table.table("accounts"));
    table.end();
    Some(Company {
        name: name?.into_inner(),
        footer: footer.map(Spanned::into_inner).unwrap_or_default(),
        team: team?.into_inner(),
        engineer: engineer.map(Spanned::into_inner),
        deputy: deputy.map(Spanned::into_inner),
        language: language?.into_inner(),
        languages: languages.map(Spanned::into_inner),
        time_zone: time_zone?.into_inner(),
        accounts,
    })
}

fn accounts(table: Table<'_, '_>) -> BTreeMap<Currency, BankAccount> {
    let mut accounts = BTreeMap::new();
    for (code, mut table) in table.tables() {
        let at = code.span().start;
        let code = code.into_inner();
        let currency = Currency::parse(&code);
        if currency.is_err() {
            let what = format!("accounts: `{code}` is no currency like \"EUR\"");
            table.note(at, what);
        }
        let holder = table.optional("holder");
        let bank = table.optional("bank");
        let iban = table.optional::<String>("iban");
        let number = table.optional::<String>("number");
        let bank_code = table.optional("bank_code");
        table.end();
        let number = match (iban, number) {
            (Some(iban), None) => {
                let read = AccountNumber::iban(iban.get_ref());
                let noted = read.map_err(|why| {
                    let said = iban.get_ref();
                    table.note(
                        iban.span().start,
                        format!("accounts.{code}: iban = {said:?} {why}"),
                    );
                });
                noted.ok()
            }
            (None, Some(number)) => Some(AccountNumber::Other(number.into_inner())),
            _ => {
                let what = "has an `iban`, or a `number` where there are no IBANs";
                table.note(at, format!("accounts.{code} {what}"));
                None
            }
        };
        if let (Ok(currency), Some(number)) = (currency, number) {
            let account = BankAccount {
                holder: holder.map(Spanned::into_inner),
                bank: bank.map(Spanned::into_inner),
                number,
                bank_code: bank_code.map(Spanned::into_inner),
            };
            accounts.insert(currency, account);
        }
    }
    accounts
}

/// Another company than the first: of which debtors it is, must be said. Its team is that of the first.
pub(super) fn other_company(
    id: Spanned<String>,
    mut table: Table<'_, '_>,
    first: Option<&Company>,
    names: &Names,
) -> Option<OtherCompany> {
    let id = id.into_inner();
    let when = table.required::<String>("when");
    let name = table.required("name");
    let footer = table.optional("footer");
    let accounts = accounts(table.table("accounts"));
    let usual = first.map(|company| &company.language);
    let (senders, own) = senders(table.table("senders"), usual);
    for (unknown, at) in own.iter().filter(|(name, _)| !names.contains_key(*name)) {
        let what = format!(
            "companies.{id}.senders.{unknown}: there is no [senders.{unknown}] in whose place it writes"
        );
        table.note(*at, what);
    }
    table.end();
    let when = when?;
    let condition = Condition::parse(when.get_ref()).and_then(|condition| condition.only("debtor"));
    let condition = condition.map_err(|why| {
        let said = when.get_ref();
        let at = table.place_within(when.span(), why.word());
        table.note(at, format!("companies.{id}: when = {said:?} {why}"));
    });
    Some(OtherCompany {
        id,
        when: condition.ok()?,
        company: Company {
            name: name?.into_inner(),
            footer: footer.map(Spanned::into_inner).unwrap_or_default(),
            accounts,
            ..first?.clone()
        },
        senders,
    })
}

/// Those that are as they should be; and the names of all.
pub(super) fn senders(
    table: Table<'_, '_>,
    usual: Option<&Language>,
) -> (BTreeMap<String, Sender>, Names) {
    let mut names = Names::new();
    let mut senders = BTreeMap::new();
    for (name, table) in table.tables() {
        let at = name.span().start;
        let name = name.into_inner();
        senders.extend(sender(table, usual).map(|sender| (name.clone(), sender)));
        names.insert(name, at);
    }
    (senders, names)
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
    let account_manager = table.optional("account_manager");
    table.end();
    Some(Sender {
        name: name?,
        names,
        email: email?.into_inner(),
        reply_to: reply_to.map(Spanned::into_inner),
        account_manager: account_manager.is_some_and(Spanned::into_inner),
    })
}
