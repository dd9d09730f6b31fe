//! The table's keys, all of them, in one place.

use dunning::file::NextAction;
use dunning::value::{
    DebtorKey, EventId, FileKey, InvoiceId, MailboxId, PaymentId, Realm, SourceName,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// The sort key of the debtor's own item, and the beginning of all that a decision reads.
pub const FILE: &str = "FILE";
/// The sparse index of what is to happen, by time.
pub const LATE_INDEX: &str = "late";
/// Over how many partitions the index is spread.
pub const LATE_SHARDS: u8 = 16;
/// Of how many copies of the standstill a claim asks one: two claims that ask the same at once are in each
/// other's way.
pub const STANDSTILL_COPIES: u8 = 16;

/// The partitions of the index in which steps stand, and ends of claims.
pub(crate) const LATE: &str = "LATE";
/// Those of what is only looked at.
pub(crate) const LOOK: &str = "LOOK";

pub(crate) const OPEN: &str = "FILE#OPEN#";
pub(crate) const CLOSED: &str = "CLOSED#";
pub(crate) const JOURNAL: &str = "JOURNAL#";
pub(crate) const NOTICE: &str = "NOTICE#";
/// What the user's own automation is to hear: the stream brings it to whoever tells.
const SIGNAL: &str = "SIGNAL#";
const INBOX: &str = "INBOX#";
const DELIVERY: &str = "DELIVERY#";
/// Over how many partitions a source's deliveries of a day are spread: fifty a second of a hundred KB each
/// are more than one partition takes.
pub(crate) const DELIVERY_SHARDS: u8 = 16;
const INVOICE: &str = "INVOICE#";
const PAYMENT: &str = "PAYMENT#";
pub(crate) const MAILBOX: &str = "MAILBOX";
/// The partition of what was heard of the mails that `relance doctor` sent.
pub(crate) const PROBE: &str = "PROBE";
/// The partition of what came in, by source: read as a whole.
pub(crate) const DOOR: &str = "DOOR";
/// The sort keys of the configured sources in it.
pub(crate) const SOURCE: &str = "SOURCE#";

impl Key {
    fn new(pk: impl ToString, sk: impl ToString) -> Self {
        Self {
            pk: pk.to_string(),
            sk: sk.to_string(),
        }
    }

    pub(crate) fn file(debtor: &DebtorKey) -> Self {
        Self::new(debtor, FILE)
    }

    /// An item of a debtor's, as its stream record names it.
    pub(crate) fn item_of(debtor: &DebtorKey, sk: &str) -> Self {
        Self::new(debtor, sk)
    }

    pub(crate) fn open(debtor: &DebtorKey, invoice: &InvoiceId) -> Self {
        Self::new(debtor, format!("{OPEN}{invoice}"))
    }

    pub(crate) fn closed(debtor: &DebtorKey, invoice: &InvoiceId) -> Self {
        Self::new(debtor, format!("{CLOSED}{invoice}"))
    }

    pub(crate) fn journal(debtor: &DebtorKey, at: Timestamp, id: &str) -> Self {
        Self::new(debtor, format!("{JOURNAL}{}#{id}", sortable(at)))
    }

    pub(crate) fn signal(debtor: &DebtorKey, at: Timestamp, id: &str) -> Self {
        Self::new(debtor, format!("{SIGNAL}{}#{id}", sortable(at)))
    }

    pub(crate) fn pointer(realm: &Realm, invoice: &InvoiceId) -> Self {
        Self::new(format!("{INVOICE}{realm}#{invoice}"), "POINTER")
    }

    pub(crate) fn payment(realm: &Realm, payment: &PaymentId) -> Self {
        Self::new(format!("{PAYMENT}{realm}#{payment}"), "POINTER")
    }

    pub(crate) fn seen(realm: &Realm, event: &EventId) -> Self {
        Self::new(format!("EVENT#{realm}#{event}"), "SEEN")
    }

    /// A partition of its own. Its sort key is none of a file, so that the stream does not bring it to anybody.
    pub(crate) fn mailbox(id: &MailboxId) -> Self {
        Self::new(format!("{MAILBOX}#{}", id.as_str()), MAILBOX)
    }

    pub(crate) fn team() -> Self {
        Self::new(FileKey::Team, FILE)
    }

    pub(crate) fn notice(at: Timestamp, id: &str) -> Self {
        Self::new(FileKey::Team, format!("{NOTICE}{}#{id}", sortable(at)))
    }

    /// What came in for a source; for all that the policy does not know together, where there is none.
    pub(crate) fn reception(source: Option<&SourceName>) -> Self {
        let sk = source.map_or("UNKNOWN".to_owned(), |name| format!("{SOURCE}{name}"));
        Self::new(DOOR, sk)
    }

    /// The row of calls of a source's tool.
    pub(crate) fn calls(source: &SourceName) -> Self {
        Self::new(DOOR, format!("CALLS#{source}"))
    }

    /// How far the comparison of a source with its tool has come.
    pub(crate) fn comparison(source: &SourceName) -> Self {
        Self::new(DOOR, format!("COMPARISON#{source}"))
    }

    /// How far the import of a source's open invoices has come.
    pub(crate) fn import(source: &SourceName) -> Self {
        Self::new(DOOR, format!("IMPORT#{source}"))
    }

    /// A part of what the tool has listed.
    pub(crate) fn listed(source: &SourceName, part: u32) -> Self {
        Self::new(format!("LISTED#{source}"), format!("{part:06}"))
    }

    /// That mails go to somebody else than the debtors, as `sweep` saw it last.
    pub(crate) fn rehearsal() -> Self {
        Self::new("SWEEP", "REHEARSAL")
    }

    /// That an event of a probe's mail came through.
    pub(crate) fn probe(id: &str, event: &str) -> Self {
        Self::new(PROBE, format!("{id}#{event}"))
    }

    /// Where `sweep` stopped.
    pub(crate) fn place_of_sweep() -> Self {
        Self::new("SWEEP", "PLACE")
    }

    pub(crate) fn standstill() -> Self {
        Self::new("EVERYTHING", "PAUSE")
    }

    pub(crate) fn delivery(
        source: &SourceName,
        shard: u8,
        at: Timestamp,
        id: &str,
        part: usize,
    ) -> Self {
        let day = at.to_zoned(TimeZone::UTC).date();
        let pk = Self::deliveries(source, day, shard);
        Self::new(pk, format!("{}#{id}#{part}", sortable(at)))
    }

    /// The partition of some of a source's deliveries of a day, in UTC.
    pub(crate) fn deliveries(source: &SourceName, day: Date, shard: u8) -> String {
        format!("{DELIVERY}{source}#{day}#{shard}")
    }

    /// The copies of the standstill.
    pub(crate) fn standstill_copies() -> impl Iterator<Item = Self> {
        (0..STANDSTILL_COPIES).map(Self::standstill_copy)
    }

    /// The copy that a claim of this debtor's asks.
    pub(crate) fn standstill_for(debtor: &DebtorKey) -> Self {
        Self::standstill_copy(spread(&debtor.to_string(), STANDSTILL_COPIES))
    }

    fn standstill_copy(number: u8) -> Self {
        Self::new(format!("EVERYTHING#{number}"), "PAUSE")
    }

    pub(crate) fn inbox(source: &SourceName, day: Date, id: &str) -> Self {
        Self::new(format!("{INBOX}{source}#{day}"), id)
    }
}

/// The id of a signal, by its sort key.
pub fn signal(sk: &str) -> Option<&str> {
    sk.strip_prefix(SIGNAL)
}

/// An instant whose text sorts as time does: always nine decimals.
pub fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// The partition of the index in which a debtor's next action stands. Looks stand apart: what they find is not
/// late.
pub(crate) fn late_shard(next: NextAction, pk: &str) -> String {
    let number = spread(pk, LATE_SHARDS);
    match next {
        NextAction::Step(_) => shard(LATE, number),
        NextAction::Look(_) => shard(LOOK, number),
    }
}

/// One of so many, by the partition.
fn spread(pk: &str, over: u8) -> u8 {
    Sha256::digest(pk)[0] % over
}

pub(crate) fn shard(kind: &str, number: u8) -> String {
    format!("{kind}#{number}")
}

/// The sort key before which all of the team's notices up to an instant stand.
pub fn notices_until(at: Timestamp) -> String {
    format!("{NOTICE}{}~", sortable(at))
}

/// Whether a sort key is that of one of the team's notices.
pub fn is_notice(sk: &str) -> bool {
    sk.starts_with(NOTICE)
}

/// Whether a sort key is that of an entry of a journal.
pub fn is_journal(sk: &str) -> bool {
    sk.starts_with(JOURNAL)
}

/// Whether an item is one that is written once: an entry of a journal, a notice, a webhook that made no sense.
pub(crate) fn is_record(pk: &str, sk: &str) -> bool {
    is_journal(sk) || is_notice(sk) || pk.starts_with(INBOX)
}

/// The invoice or the payment whose pointer stands under this partition key.
pub(crate) fn pointed(pk: &str) -> Option<Pointed> {
    let (kind, rest) = pk.split_once('#')?;
    let mut parts = rest.split('#');
    let (source, account, mode, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let realm = Realm::parse(source, account, mode).ok()?;
    match format!("{kind}#").as_str() {
        INVOICE => Some(Pointed::Invoice(realm, InvoiceId::parse(id).ok()?)),
        PAYMENT => Some(Pointed::Payment(realm, PaymentId::parse(id).ok()?)),
        _ => None,
    }
}

/// What has a pointer.
pub(crate) enum Pointed {
    Invoice(Realm, InvoiceId),
    Payment(Realm, PaymentId),
}

/// The id of the open invoice whose sort key this is.
pub fn open_invoice(sk: &str) -> Option<&str> {
    sk.strip_prefix(OPEN)
}

/// The invoice, open or closed, whose sort key this is.
pub(crate) fn invoice_in(sk: &str) -> Option<InvoiceId> {
    let id = sk.strip_prefix(OPEN).or_else(|| sk.strip_prefix(CLOSED))?;
    InvoiceId::parse(id).ok()
}

/// Whether a sort key is that of a closed invoice.
pub fn is_closed_invoice(sk: &str) -> bool {
    sk.starts_with(CLOSED)
}
