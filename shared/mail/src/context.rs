//! What a template can say: what is owed, written in its language and made harmless.
//! Every name that is set here may stand in a template; any other is an error, not a blank.

use dunning::value::{Link, Money};
use jiff::civil::Date;
use minijinja::{Value, context};

use crate::error::TemplateError;
use crate::letter::{Letter, NoticeLine, Row, TeamLetter};
use crate::untrusted;
use crate::writing::Writing;

/// Of a letter to a debtor.
pub(crate) fn of_letter(letter: &Letter) -> Result<Value, TemplateError> {
    if letter.rows.is_empty() {
        return Err(TemplateError::NothingToSay);
    }
    let writing = Writing::of(letter.language);
    let invoices: Vec<Value> = letter
        .rows
        .iter()
        .map(|row| invoice(row, letter.today, writing))
        .collect();
    let lateness = || letter.rows.iter().map(|row| days_late(row, letter.today));
    let sender = letter.sender;
    Ok(context! {
        language => letter.language.as_str(),
        today => writing.date(letter.today),
        company => company(letter.company),
        sender => context! { name => line(&sender.name), email => sender.email.shown() },
        reply_to => sender.reply_to.as_ref().unwrap_or(&sender.email).shown(),
        debtor => letter.debtor_name.and_then(untrusted::chosen),
        // Set when the letter is about one invoice only: it then reads in the singular.
        invoice => (letter.rows.len() == 1).then(|| invoices[0].clone()),
        tables => tables(letter, &invoices, writing)?,
        // What is past due, one amount a currency.
        late_totals => late_totals(letter, writing)?,
        invoices => invoices,
        late => lateness().filter(|days| *days > 0).count(),
        most_days_late => lateness().max(),
    })
}

/// Of a mail to the team.
pub(crate) fn of_team(letter: &TeamLetter) -> Result<Value, TemplateError> {
    if letter.notices.is_empty() {
        return Err(TemplateError::NothingToSay);
    }
    let writing = Writing::of(&letter.company.language);
    Ok(context! {
        language => letter.company.language.as_str(),
        today => writing.date(letter.today),
        company => company(letter.company),
        notices => letter.notices.iter().map(|line| notice(line, letter.today, writing)).collect::<Vec<_>>(),
    })
}

/// How many invoices or debtors the team's mail names for one kind of problem.
const NAMED: usize = 10;

fn notice(notice: &NoticeLine, today: Date, writing: &Writing) -> Value {
    let subjects = notice.subjects.iter();
    let subjects = subjects.filter_map(|subject| untrusted::line(subject));
    context! {
        kind => notice.kind.as_str(),
        count => notice.count,
        subjects => subjects.take(NAMED).collect::<Vec<_>>(),
        more => notice.subjects.len().saturating_sub(NAMED),
        since => writing.date(notice.since),
        today => notice.since == today,
    }
}

fn company(company: &dunning::policy::Company) -> Value {
    context! {
        name => line(&company.name),
        footer => company.footer.iter().map(|text| line(text)).collect::<Vec<_>>(),
    }
}

fn invoice(row: &Row, today: Date, writing: &Writing) -> Value {
    let late = days_late(row, today);
    let paid = part_paid(row);
    context! {
        number => line(row.number),
        amount_due => writing.money(row.remaining),
        total => writing.money(row.total),
        paid => paid.map(|paid| writing.money(paid)),
        due_on => writing.date(row.due_on),
        days_late => late.max(0),
        days_left => (-late).max(0),
        po_number => row.po_number.and_then(untrusted::chosen),
        pay_url => row.pay_url.map(Link::as_str),
        pdf_url => row.pdf_url.map(Link::as_str),
    }
}

/// One table a currency.
fn tables(letter: &Letter, invoices: &[Value], writing: &Writing) -> Result<Value, TemplateError> {
    let table = |total: Money| {
        let rows = letter.rows.iter().zip(invoices);
        let of_currency = rows.filter(|(row, _)| row.remaining.currency == total.currency);
        context! {
            currency => total.currency.code(),
            total => writing.money(total),
            invoices => of_currency.map(|(_, invoice)| invoice.clone()).collect::<Vec<_>>(),
        }
    };
    Ok(totals(&letter.rows)?.into_iter().map(table).collect())
}

fn late_totals(letter: &Letter, writing: &Writing) -> Result<Value, TemplateError> {
    let late = letter
        .rows
        .iter()
        .filter(|row| days_late(row, letter.today) > 0);
    let totals = totals(late)?;
    Ok(totals
        .into_iter()
        .map(|total| writing.money(total))
        .collect())
}

/// What is still to be paid, one sum a currency, in the order in which the currencies come up.
fn totals<'a>(rows: impl IntoIterator<Item = &'a Row<'a>>) -> Result<Vec<Money>, TemplateError> {
    let mut totals: Vec<Money> = Vec::new();
    for Money { minor, currency } in rows.into_iter().map(|row| row.remaining) {
        match totals.iter_mut().find(|total| total.currency == currency) {
            Some(total) => {
                let sum = total.minor.checked_add(minor);
                total.minor = sum.ok_or(TemplateError::TooMuchMoney)?;
            }
            None => totals.push(Money { minor, currency }),
        }
    }
    Ok(totals)
}

/// Negative as long as it is not due.
fn days_late(row: &Row, today: Date) -> i64 {
    today.duration_since(row.due_on).as_hours() / 24
}

/// What was paid already, if part of it was.
fn part_paid(row: &Row) -> Option<Money> {
    let minor = row.total.minor.checked_sub(row.remaining.minor)?;
    let comparable = row.total.currency == row.remaining.currency;
    (comparable && minor > 0 && row.remaining.minor > 0).then_some(Money {
        minor,
        currency: row.total.currency,
    })
}

/// A text that must show something, whatever was typed.
fn line(text: &str) -> String {
    untrusted::line(text).unwrap_or_else(|| "–".to_owned())
}
