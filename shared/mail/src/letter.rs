//! What a mail says, before it has words.

use dunning::billing::{Lowered, Snapshot};
use dunning::journal::{NoticeKind, Reader};
use dunning::policy::{Company, Sender};
use dunning::value::{Country, Language, Link, Money};
use jiff::civil::Date;

/// A mail to a debtor, about everything that is due for it on one day.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// Which mail: a file among the templates, as `reminder`.
    pub template: &'a str,
    /// In which language: one of [`Templates::languages`](crate::Templates::languages).
    pub language: &'a Language,
    /// Where the debtor is, if that is known.
    pub country: Option<&'a Country>,
    /// Whose invoices these are.
    pub company: &'a Company,
    /// Who writes.
    pub sender: &'a Sender,
    /// The debtor's name, as the billing tool has it.
    pub debtor_name: Option<&'a str>,
    /// The civil day of the debtor on which it is sent: lateness is counted to it.
    pub today: Date,
    /// The invoices that the template is about, the most urgent first. Each currency among them gets its own
    /// table and total.
    pub rows: Vec<Row<'a>>,
    /// Others that it reminds of, whose own step is a milder one: they stand apart.
    pub others: Vec<Row<'a>>,
    /// Some that are not due yet, about which it asks nothing: a friendly mail may mention them.
    pub coming: Vec<Row<'a>>,
    /// What is still to be paid of each that is past due and that this mail does not name.
    pub elsewhere: Vec<Money>,
}

impl Letter<'_> {
    /// Whether it is about something that is late.
    pub fn is_late(&self) -> bool {
        self.rows.iter().any(|row| row.due_on < self.today)
    }
}

/// One invoice in a letter.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// As printed on the invoice.
    pub number: &'a str,
    /// The tool's id of it, for a number that cannot be shown.
    pub id: &'a str,
    /// The full amount, before the credit notes below.
    pub total: Money,
    /// What of it was taken off by credit notes, if any was.
    pub credited: Option<Money>,
    /// What of it was paid, if that is known.
    pub received: Option<Money>,
    /// What is still to be paid.
    pub remaining: Money,
    /// The day by which it is to be paid.
    pub due_on: Date,
    /// The debtor's purchase-order number.
    pub po_number: Option<&'a str>,
    /// Where it can be paid.
    pub pay_url: Option<&'a Link>,
    /// The invoice itself.
    pub pdf_url: Option<&'a Link>,
}

impl<'a> Row<'a> {
    /// The row of an invoice that is due on a day; one without a number goes by its id.
    pub fn of(invoice: &'a Snapshot, lowered: Lowered, due_on: Date) -> Self {
        let id = invoice.id.as_str();
        let money = |minor| Money {
            minor,
            currency: invoice.total.currency,
        };
        Self {
            number: invoice.number.as_deref().unwrap_or(id),
            id,
            total: money(invoice.total.minor.saturating_add(lowered.credited)),
            credited: (lowered.credited > 0).then(|| money(lowered.credited)),
            received: lowered.received.map(money),
            remaining: invoice.remaining,
            due_on,
            po_number: invoice.po_number.as_deref(),
            pay_url: invoice.pay_url.as_ref(),
            pdf_url: invoice.pdf_url.as_ref(),
        }
    }
}

/// A mail to the team: what only a person can put right. Written with the template `team`, in the
/// company's language.
#[derive(Debug, Clone)]
pub struct TeamLetter<'a> {
    /// Whose team.
    pub company: &'a Company,
    /// Who of it is to read this.
    pub reader: Reader,
    /// The team's civil day.
    pub today: Date,
    /// What to hear about. The most urgent is told first.
    pub notices: Vec<NoticeLine<'a>>,
}

/// One kind of problem in the team's mail, with all that it happened to.
#[derive(Debug, Clone)]
pub struct NoticeLine<'a> {
    /// What happened; the template has the words.
    pub kind: NoticeKind,
    /// How often.
    pub count: usize,
    /// To what. The first few are named.
    pub matters: Vec<MatterLine<'a>>,
    /// On which civil day for the first time.
    pub since: Date,
}

/// What a problem happened to, and what settles it.
#[derive(Debug, Clone)]
pub struct MatterLine<'a> {
    /// An invoice's number, a debtor's name, an event's type.
    pub subject: &'a str,
    /// The debtor's name, if it is about one, and its id.
    pub debtor: Option<(&'a str, &'a str)>,
    /// What is owed.
    pub amount: Option<Money>,
    /// On which civil day for the first time.
    pub since: Date,
    /// The command line that settles it, or shows what there is to settle.
    pub command: Option<String>,
}

/// A mail, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, not yet encoded for a header.
    pub subject: String,
    /// The HTML part. It asks nothing of any server: no image, no font, no pixel.
    pub html: String,
    /// The text part, which says the same.
    pub text: String,
}
