//! The limits, and how they hang together.

use jiff::SignedDuration;

/// The most invoices that one mail carries: with the file and the journal they fit in one
/// transaction of 100 actions.
pub const MOST_INVOICES: usize = 90;

/// The actions of one transaction, by DynamoDB's word.
pub const TRANSACTION_ACTIONS: usize = 100;

/// What a change writes beside its invoices: the debtor, the journal, notices, the event's marker, a
/// payment's pointer.
const BESIDE_INVOICES: usize = 5;

const _: () = assert!(MOST_INVOICES + BESIDE_INVOICES <= TRANSACTION_ACTIONS);

/// A knock that comes this much before its instant is put back; an SQS message waits no longer.
pub(crate) const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// How long a claim of which nothing was heard is kept for a late event of SES.
pub(crate) const LATE_EVENTS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long a mail waits for a spent quota.
pub(crate) const QUOTA_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// The mails of one day differ from the next day's by more.
pub(crate) const SAME_DAY: SignedDuration = SignedDuration::from_hours(12);

/// How long a throttled mail waits: a minute, then twice as long each time, a quarter of an hour at
/// the most.
pub(crate) fn patience(times: u32) -> SignedDuration {
    SignedDuration::from_mins(1 << times.min(4)).min(SignedDuration::from_mins(15))
}

/// At most one mail in this time.
pub(crate) const BETWEEN_MAILS: SignedDuration = SignedDuration::from_mins(55);

/// A notice younger than this waits: one with an earlier time may still be on its way to the table.
pub(crate) const IN_FLIGHT: SignedDuration = SignedDuration::from_secs(60);
