//! What there is to say of how a language writes.

/// How a language writes amounts and dates. The blanks of an amount are no-break spaces: it never
/// wraps. Those of a date are ordinary ones, so that a search in the mailbox finds it.
///
/// A language that is not known here gets what nobody misreads: `1234.56 EUR` and `2027-01-15`.
/// So new templates need no new code; they only read better with it.
#[derive(Debug)]
pub struct Writing {
    pub(super) code: &'static str,
    pub(super) thousands: &'static str,
    pub(super) decimal: char,
    pub(super) currency: Place,
    /// Signs that all know there; of other currencies the code is written.
    pub(super) signs: &'static [(&'static str, &'static str)],
    /// What the first day of a month is called, where it is not plainly `1`.
    pub(super) first_day: &'static str,
    pub(super) date: Order,
    /// As they stand in a date. Empty where months are not known by name.
    pub(super) months: &'static [&'static str],
}

/// Where the sign or the code of the currency stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `€10.00`; a code is apart, `CHF 10.00`.
    Touching,
    /// `€ 10,00`
    Before,
    /// `10,00 €`
    After,
}

/// In which order a date is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    /// `15 January 2027`, with what stands after the day and before the year.
    DayFirst(&'static str, &'static str),
    /// `January 15, 2027`
    MonthFirst,
}
