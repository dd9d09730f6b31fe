//! The limits, all of them: AWS's, ours, and how they hang together. What would break together is
//! asserted when it compiles.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

/// The actions of one transaction, by DynamoDB's word.
pub const TRANSACTION_ACTIONS: usize = 100;
/// The bytes of one item, by DynamoDB's word.
pub const ITEM_BYTES: usize = 400 * 1024;
/// The characters of a schedule's name, by EventBridge Scheduler's word.
pub const SCHEDULE_NAME: usize = 64;
/// The characters of the value of a mail's tag, by SES's word.
pub const MAIL_TAG: usize = 256;
/// The longest that a message can be delayed, by SQS's word.
pub const MESSAGE_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// The longest id in bytes; every tool's are far shorter.
pub const ID: usize = 64;
/// The longest name of a source: one that the user chose.
pub const SOURCE_NAME: usize = 32;
/// The longest name of a step: one that the user chose.
pub const STEP_NAME: usize = 32;

/// The longest name of a signal: EventBridge takes as much for a `detail-type`.
pub const SIGNAL_NAME: usize = 128;

/// A debtor's key made of the longest ids: `source#account#mode#customer`.
const DEBTOR_KEY: usize = SOURCE_NAME + 1 + ID + 1 + "live".len() + 1 + ID;
// A mail's tag carries it as base64.
const _: () = assert!(DEBTOR_KEY.div_ceil(3) * 4 <= MAIL_TAG);

/// How many hex digits of a schedule's name stand for the debtor's invoice.
pub const SCHEDULE_DIGITS: usize = 24;
const _: () = assert!(SCHEDULE_DIGITS + "-".len() + STEP_NAME <= SCHEDULE_NAME);

/// The largest amount of an invoice, in minor units: so that the sum of a mail can always be made.
pub const AMOUNT: u64 = 10_000_000_000_000_000;
const _: () = assert!(AMOUNT * (MOST_INVOICES as u64) < i64::MAX as u64);

/// The years in which an invoice may be due: far from both ends of the calendar.
pub const DUE_YEARS: RangeInclusive<i16> = 1990..=2200;

/// The most invoices that one mail carries, and so that one change writes.
pub const MOST_INVOICES: usize = 90;
/// The bytes of one transaction, by DynamoDB's word.
pub const TRANSACTION_BYTES: usize = 4 * 1024 * 1024;
/// The most tags of an invoice or a debtor.
pub const MOST_TAGS: usize = 50;
/// The longest name of a tag, in characters.
pub const TAG_NAME: usize = 40;
/// The longest text of a tag, in characters.
pub const TAG_TEXT: usize = 200;
/// The bytes of all tags of an invoice, or of a debtor.
pub const TAGS_BYTES: usize = 8 * 1024;
/// The most contacts of an invoice, or of a debtor.
pub const MOST_CONTACTS: usize = 10;
/// The longest name or number of a contact, in characters.
pub const CONTACT_TEXT: usize = 100;
/// The most instalments of an invoice: five years of months.
pub const MOST_INSTALMENTS: usize = 60;
/// What one instalment takes in an item: its day, its amount and their names.
const INSTALMENT_BYTES: usize = 128;
/// What one contact takes: two texts of characters of four bytes, an address, and their names.
const CONTACT_BYTES: usize = 2 * 4 * CONTACT_TEXT + 400;
// A mail's claim writes all its invoices, with all that is noted of them; a third is left for the rest.
const _: () = {
    let noted = TAGS_BYTES + MOST_INSTALMENTS * INSTALMENT_BYTES + MOST_CONTACTS * CONTACT_BYTES;
    assert!(MOST_INVOICES * noted <= TRANSACTION_BYTES * 2 / 3);
};

/// What a change writes beside its invoices: the debtor, the journal, notices, the event's marker, a
/// payment's pointer, the mailbox; and that it asks for the standstill.
const BESIDE_INVOICES: usize = 7;
const _: () = assert!(MOST_INVOICES + BESIDE_INVOICES <= TRANSACTION_ACTIONS);

/// The most invoices that are restored together. Each may take three actions: it is put here, taken away
/// there, and pointed at; and of some the user's own automation is told that they are over.
pub const RESTORED_TOGETHER: usize = 28;
const _: () = assert!(RESTORED_TOGETHER * 3 + BESIDE_INVOICES <= TRANSACTION_ACTIONS);

/// The minutes over which EventBridge spreads the knocks of one sending time, so that they do not come together.
pub const SPREAD_MINUTES: u8 = 15;
/// The same, as a time.
pub(crate) const SPREAD: SignedDuration = SignedDuration::from_mins(SPREAD_MINUTES as i64);

/// The largest body of a webhook in bytes: no billing tool sends more.
pub const WEBHOOK_BODY: usize = 1024 * 1024;
/// The largest packed body in bytes that is kept in the inbox, with its keys and the reason.
pub const INBOX_BODY: usize = 350_000;
const _: () = assert!(INBOX_BODY + 4 * 1024 <= ITEM_BYTES);

/// The largest piece of a packed body in bytes that one item of a delivery keeps, with its headers.
pub const DELIVERY_PART: usize = 350_000;
const _: () = assert!(DELIVERY_PART + 16 * 1024 <= ITEM_BYTES);

/// The days of a week, which the cap of a debtor's mails counts, and for which they are remembered.
pub const WEEK: i64 = 7;

/// How many customers a mailbox names whose mails wait for it. Who is not named waits all the same.
pub const MOST_WAITING: usize = 50;

/// How many customers a mailbox names that are on hold for its trouble, to be let go together: more than anybody
/// keeps the books of. Who is not named is on hold all the same, and is let go alone.
pub const MOST_HELD: usize = 1000;
// With those who wait, and the week's mails, they fit into its item.
const _: () = assert!((MOST_HELD + 2 * MOST_WAITING) * (DEBTOR_KEY + 64) <= ITEM_BYTES);

/// The days after which a mail that waits for its mailbox goes before all that have waited for less, however severe
/// they are: so nobody waits for ever.
pub(crate) const LONGEST_BEHIND: i32 = 28;

/// The days after which a turn that was let pass counts for nothing: what comes then waits anew.
pub(crate) const LONGEST_LATE: i32 = 7;

/// The days by which a step may follow the one before it sooner than the policy's distance, where that one left
/// late: so that a week-end does not push the ladder, and a hold does.
pub(crate) const GRACE_DAYS: i32 = 3;

/// How often in a week a debtor may move to another place before its moves are passed over for the next.
pub(crate) const MOST_MOVES: usize = 3;

/// What comes in for a source is noted at most once in this time.
pub const RECEPTION_NOTED: SignedDuration = SignedDuration::from_hours(1);

/// A source is asked about once a day: a sweep that comes a little early counts.
pub const SOURCE_ASKED: SignedDuration = SignedDuration::from_mins(23 * 60 + 30);

/// No record of the stream is begun so shortly before the deadline: it may take a read, a transaction and some calls
/// of Scheduler, each with its tries.
pub const RECORD_SPARE: SignedDuration = SignedDuration::from_secs(20);
/// A sweep stops so long before its deadline: one more request for knocks and the note of its place fit.
pub const SWEEP_SPARE: SignedDuration = SignedDuration::from_secs(20);
/// A sweep asks for so many knocks before it looks at the time again.
pub const SWEEP_KNOCKS: usize = 10;

/// A knock that comes this much before its instant is put back.
pub(crate) const EARLY_KNOCK: SignedDuration = MESSAGE_DELAY;

/// How long a claim of which nothing was heard is kept: for a late event of SES, which comes within days; and for a debt
/// that was settled meanwhile and is owed again, which knows by it that its mail was lost.
pub(crate) const LOST_CLAIMS: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How long what was told of a payment is kept after it has ended, for what is told late of it: as long as
/// tools tell anything again.
pub(crate) const PAYMENT_MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most copies of a mail of each kind: SES takes 50 recipients in all.
pub(crate) const MOST_COPIES: usize = 20;

/// So many days of business before a step that must be approved the team hears of it.
pub(crate) const APPROVAL_AHEAD: i32 = 3;
/// An approval is good for a step that is put off by no more than this.
pub(crate) const APPROVAL_LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);
/// After so many days of business without a word the team hears of it once more.
pub(crate) const APPROVAL_OVERDUE: i32 = 2;

/// How many of the invoices that a debtor has paid are remembered: those of a year, where there is one a month.
pub(crate) const LONGEST_HISTORY: usize = 12;

/// The most payments that a customer's item tells apart: they take up less than half of it.
pub const MOST_PAYMENTS: usize = 300;
/// What one takes up at most: two ids, a place in the order, a day, who told it, and the names of all that.
const PAYMENT: usize = 4 * ID + 256;
const _: () = assert!(MOST_PAYMENTS * PAYMENT < ITEM_BYTES / 2);

/// The days after which a person hears that nothing is sent because a tool said a day: nobody means to wait for
/// a debt for two months and forget it, and a year that was mistyped looks the same. It is waited for all the
/// same.
pub const LONGEST_LULL: i32 = 60;
/// The days by which a lull may be interrupted and is the same: what was free to leave has left by then, whatever
/// week-ends and holidays there are. While the company is closed for longer, the next is one of its own.
pub(crate) const LULL_GAP: i64 = 7;

/// How long a mail waits for a spent quota, or for a template that can be filled in.
pub(crate) const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The longest that a throttled mail waits.
pub(crate) const THROTTLE_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// For how long what a tool showed is good for a mail.
pub const LOOK_IS_GOOD_FOR: SignedDuration = SignedDuration::from_secs(30);

/// No call of a tool is begun so shortly before the deadline: it may be tried twice, and what it says is written.
pub const ASK_SPARE: SignedDuration = SignedDuration::from_secs(45);

/// How many invoices a tool is asked for one by one before a mail; what is more waits for the next.
pub const LOOKS_ONE_BY_ONE: usize = 10;

/// The mails of one day differ from the next day's by more.
pub(crate) const SAME_DAY: SignedDuration = SignedDuration::from_hours(12);

/// The team gets at most one mail in this time.
pub(crate) const BETWEEN_TEAM_MAILS: SignedDuration = SignedDuration::from_mins(55);

/// A notice younger than this waits: one with an earlier time may still be on its way to the table.
pub(crate) const NOTICE_IN_FLIGHT: SignedDuration = SignedDuration::from_secs(60);

/// For how long sweeps knock for everybody once a rehearsal is over, at the most.
pub const GOING_LIVE: SignedDuration = SignedDuration::from_hours(24);
