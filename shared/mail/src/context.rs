//! What a template can say: what is owed, written in its language and made harmless.
//! Every name that is set here may stand in a template; any other is an error, not a blank.

use dunning::journal::{NoticeKind, Reader};
use dunning::policy::{AccountNumber, Company};
use dunning::value::{Country, Link, Money};
use jiff::civil::Date;
use minijinja::{Value, context};

use crate::error::TemplateError;
use crate::letter::{Letter, MatterLine, NoticeLine, Row, TeamLetter};
use crate::untrusted;
use crate::writing::Writing;

/// Of a letter to a debtor.
pub(crate) fn of_letter(letter: &Letter) -> Result<Value, TemplateError> {
    if letter.rows.is_empty() {
        return Err(TemplateError::NothingToSay);
    }
    let pen = Pen {
        writing: Writing::of(letter.language, letter.country),
        today: letter.today,
    };
    let Sections {
        leading,
        overdue,
        due,
    } = pen.sections(letter);
    let sender = letter.sender;
    let invoices = pen.invoices(leading.iter().copied());
    Ok(context! {
        language => letter.language.as_str(),
        country => letter.country.map(Country::as_str),
        today => pen.writing.date(letter.today),
        company => company(letter.company),
        sender => context! { name => line(&sender.name), email => sender.email.shown() },
        reply_to => sender.reply_to.as_ref().unwrap_or(&sender.email).shown(),
        debtor => letter.debtor_name.and_then(untrusted::name),
        // Set when the letter is about one invoice only: it then reads in the singular.
        invoice => (invoices.len() == 1).then(|| invoices[0].clone()),
        tables => pen.tables(&leading)?,
        // What is past due, one amount a currency.
        late_totals => pen.late_totals(&leading)?,
        invoices => invoices,
        late => leading.iter().filter(|row| pen.days_late(row) > 0).count(),
        most_days_late => leading.iter().map(|row| pen.days_late(row)).max(),
        also_overdue => pen.tables(&overdue)?,
        also_due => pen.invoices(due),
        coming => pen.invoices(&letter.coming),
        elsewhere => pen.elsewhere(&letter.elsewhere)?,
        transfers => transfers(letter.company, &leading),
    })
}

/// Where a transfer goes, of each currency that the letter's own invoices are in.
fn transfers(company: &Company, leading: &[&Row]) -> Vec<Value> {
    let accounts = company.accounts.iter().filter_map(|(currency, account)| {
        let rows = leading.iter();
        let mut rows = rows
            .filter(|row| row.remaining.currency == *currency)
            .peekable();
        rows.peek()?;
        let references =
            rows.map(|row| untrusted::reference(row.number).unwrap_or_else(|| line(row.id)));
        Some(context! {
            currency => currency.code(),
            holder => line(account.holder.as_deref().unwrap_or(&company.name)),
            bank => account.bank.as_deref().map(line),
            iban => matches!(account.number, AccountNumber::Iban(_)),
            number => line(&account.number.shown()),
            bank_code => account.bank_code.as_deref().map(line),
            references => references.collect::<Vec<_>>(),
        })
    });
    accounts.collect()
}

/// The invoices of a letter, by what is said of them. What is late and what is not share no table and no sum.
struct Sections<'a> {
    /// What the template's own words are about.
    leading: Vec<&'a Row<'a>>,
    /// Late, too.
    overdue: Vec<&'a Row<'a>>,
    /// Not late yet.
    due: Vec<&'a Row<'a>>,
}

/// How a letter of a day is written.
struct Pen {
    writing: &'static Writing,
    today: Date,
}

impl Pen {
    fn sections<'a>(&self, letter: &'a Letter<'a>) -> Sections<'a> {
        let is_late = |row: &&'a Row<'a>| self.days_late(row) > 0;
        let (overdue, mut due): (Vec<_>, Vec<_>) = letter.others.iter().partition(is_late);
        let (late, not_late): (Vec<_>, Vec<_>) = letter.rows.iter().partition(is_late);
        let leading = if late.is_empty() {
            not_late
        } else {
            due.splice(..0, not_late);
            late
        };
        Sections {
            leading,
            overdue,
            due,
        }
    }

    fn invoices<'a>(&self, rows: impl IntoIterator<Item = &'a Row<'a>>) -> Vec<Value> {
        rows.into_iter().map(|row| self.invoice(row)).collect()
    }

    fn invoice(&self, row: &Row) -> Value {
        let late = self.days_late(row);
        let money = |money| self.writing.money(money);
        let received = row.received.map(money);
        context! {
            number => untrusted::reference(row.number).unwrap_or_else(|| line(row.id)),
            amount_due => money(row.remaining),
            total => money(row.total),
            // Whether it is not all of the total that is due.
            in_part => row.total != row.remaining,
            credited => row.credited.map(money),
            received => received.clone(),
            // As earlier versions' templates call it.
            paid => received,
            due_on => self.writing.date(row.due_on),
            days_late => late.max(0),
            days_left => (-late).max(0),
            po_number => row.po_number.and_then(untrusted::reference),
            pay_url => row.pay_url.map(Link::as_str),
            pdf_url => row.pdf_url.map(Link::as_str),
        }
    }

    /// One table a currency.
    fn tables(&self, rows: &[&Row]) -> Result<Vec<Value>, TemplateError> {
        let table = |total: Money| {
            let rows = rows.iter().copied();
            let of_currency = rows.filter(|row| row.remaining.currency == total.currency);
            context! {
                currency => total.currency.code(),
                total => self.writing.money(total),
                invoices => of_currency.map(|row| self.invoice(row)).collect::<Vec<_>>(),
            }
        };
        let totals = totals(rows.iter().map(|row| row.remaining))?;
        Ok(totals.into_iter().map(table).collect())
    }

    /// Of what is past due and not in the mail: how many, and an amount for each currency.
    fn elsewhere(&self, amounts: &[Money]) -> Result<Option<Value>, TemplateError> {
        let totals = totals(amounts.iter().copied())?.into_iter();
        let totals: Vec<String> = totals.map(|total| self.writing.money(total)).collect();
        let count = amounts.len();
        Ok((count > 0).then(|| context! { count, totals }))
    }

    fn late_totals(&self, rows: &[&Row]) -> Result<Vec<String>, TemplateError> {
        let late = rows.iter().copied().filter(|row| self.days_late(row) > 0);
        let totals = totals(late.map(|row| row.remaining))?.into_iter();
        Ok(totals.map(|total| self.writing.money(total)).collect())
    }

    /// Negative as long as it is not due.
    fn days_late(&self, row: &Row) -> i64 {
        self.today.duration_since(row.due_on).as_hours() / 24
    }
}

/// Of a mail to the team.
pub(crate) fn of_team(letter: &TeamLetter) -> Result<Value, TemplateError> {
    if letter.notices.is_empty() {
        return Err(TemplateError::NothingToSay);
    }
    let writing = Writing::of(&letter.company.language, None);
    let mut all: Vec<&NoticeLine> = letter.notices.iter().collect();
    all.sort_by_key(|notice| notice.kind.urgency());
    let in_words = |notices: &[&NoticeLine]| -> Vec<Value> {
        let notices = notices.iter();
        let notices = notices.map(|line| notice(line, letter.today, writing));
        notices.collect()
    };
    let of = |reader: Reader| {
        let its = all.iter().filter(|notice| notice.kind.reader() == reader);
        its.copied().collect::<Vec<&NoticeLine>>()
    };
    let mut sections = [
        ("finance", of(Reader::Finance)),
        ("engineer", of(Reader::Engineer)),
    ];
    // Whose is the most urgent comes first.
    let urgency = |notices: &[&NoticeLine]| notices.first().map(|first| first.kind.urgency());
    sections.sort_by_key(|(_, notices)| urgency(notices));
    Ok(context! {
        language => letter.company.language.as_str(),
        today => writing.date(letter.today),
        company => company(letter.company),
        for_engineer => letter.reader == Reader::Engineer,
        matters => letter.notices.iter().map(|notice| notice.matters.len().max(1)).sum::<usize>(),
        notices => in_words(&all),
        sections => sections
            .iter()
            .filter(|(_, notices)| !notices.is_empty())
            .map(|(reader, notices)| context! { reader => *reader, notices => in_words(notices) })
            .collect::<Vec<_>>(),
    })
}

/// How many matters the team's mail names for one kind of problem; of a rehearsal, which it sums up, more.
fn named(kind: NoticeKind) -> usize {
    match kind {
        NoticeKind::Rehearsed => 100,
        _ => 10,
    }
}

fn notice(notice: &NoticeLine, today: Date, writing: &Writing) -> Value {
    let named = named(notice.kind);
    let matters = notice.matters.iter().take(named);
    let amounts = notice.matters.iter().filter_map(|matter| matter.amount);
    let totals = totals(amounts).unwrap_or_default().into_iter();
    context! {
        kind => NoticeKind::as_str(notice.kind),
        count => notice.count,
        total => notice.matters.len(),
        // Each debtor that is named has one.
        waiting => notice.matters.iter().filter(|matter| matter.debtor.is_some()).count(),
        matters => matters.map(|line| matter(line, today, writing)).collect::<Vec<_>>(),
        more => notice.matters.len().saturating_sub(named),
        amounts => totals.map(|total| writing.money(total)).collect::<Vec<_>>(),
        since => writing.date(notice.since),
        today => notice.since == today,
    }
}

fn matter(matter: &MatterLine, today: Date, writing: &Writing) -> Value {
    // A stranger's name may be no more to the team than it is to debtors.
    let debtor = matter
        .debtor
        .map(|(name, id)| untrusted::name(name).unwrap_or_else(|| line(id)));
    // What follows its name is ours.
    let rest = matter
        .debtor
        .and_then(|(name, _)| matter.subject.strip_prefix(name));
    let subject = debtor.as_ref().zip(rest);
    let subject = subject
        .map(|(debtor, rest)| format!("{debtor}{rest}"))
        .or_else(|| untrusted::note(matter.subject))
        .or_else(|| untrusted::disarmed(matter.subject));
    context! {
        subject => subject.unwrap_or_else(|| "–".to_owned()),
        debtor => debtor.filter(|_| rest.is_none()),
        amount => matter.amount.map(|amount| writing.money(amount)),
        since => writing.date(matter.since),
        today => matter.since == today,
        command => matter.command.as_deref(),
    }
}

fn company(company: &Company) -> Value {
    context! {
        name => line(&company.name),
        footer => company.footer.iter().map(|text| line(text)).collect::<Vec<_>>(),
    }
}

/// What is still to be paid, one sum a currency, in the order in which the currencies come up.
fn totals(amounts: impl IntoIterator<Item = Money>) -> Result<Vec<Money>, TemplateError> {
    let mut totals: Vec<Money> = Vec::new();
    for Money { minor, currency } in amounts {
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

/// A text that must show something, whatever was typed.
fn line(text: &str) -> String {
    untrusted::line(text).unwrap_or_else(|| "–".to_owned())
}
