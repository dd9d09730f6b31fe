//! The day that a step is for, as the policy writes it.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::calendar::DebtorCalendar;

/// The day that a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepDate {
    /// What is counted from.
    pub from: Anchor,
    /// How far.
    pub offset: Offset,
    /// On the last day of the month that one comes to.
    pub end_of_month: bool,
}

/// What a step's day is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The day by which it is to be paid.
    Due,
    /// The day on which it was issued.
    Issue,
    /// The day of the step before it.
    Previous,
}

/// A distance in days; negative is before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// Civil days.
    Days(i32),
    /// Days on which mails may leave to the debtor.
    BusinessDays(i32),
}

impl StepDate {
    /// Reads `due`, `due - 15 days`, `due + 3 business days`, `issue + 2 days`, `previous + 7 days`, each with
    /// `, end of month` or without.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (rest, end_of_month) = match text.strip_suffix("end of month") {
            Some(rest) => (rest.trim_end().trim_end_matches(',').trim_end(), true),
            None => (text, false),
        };
        let (word, rest) = rest
            .split_once(|sign: char| !sign.is_ascii_alphabetic())
            .map_or((rest, ""), |(word, _)| (word, rest[word.len()..].trim()));
        let mut anchors = Anchor::ALL.into_iter();
        let from = anchors.find(|anchor| anchor.as_str() == word)?;
        let offset = if rest.is_empty() {
            Offset::Days(0)
        } else {
            Offset::parse(rest)?
        };
        // Whatever follows the step before it comes after it.
        let follows = from != Anchor::Previous || offset.days() > 0;
        let was_issued = from != Anchor::Issue || offset.days() >= 0;
        (follows && was_issued).then_some(Self {
            from,
            offset,
            end_of_month,
        })
    }

    /// About how many days after the due date, by the step before it: for what must be compared before there is an
    /// invoice. What is counted from the issue comes before all that is counted from the due date.
    pub(super) fn days_after_due(self, before: Option<i32>) -> i32 {
        const BEFORE_ALL: i32 = -10_000;
        let from = match self.from {
            Anchor::Due => 0,
            Anchor::Issue => BEFORE_ALL,
            Anchor::Previous => before.unwrap_or(0),
        };
        // Half a month is what it takes to the end of one.
        from + self.offset.days() + if self.end_of_month { 15 } else { 0 }
    }

    /// The day that is meant, counted from that one.
    pub(crate) fn after(self, day: Date, calendar: &DebtorCalendar<'_>) -> Date {
        let day = match self.offset {
            Offset::Days(days) => day.saturating_add(days.days()),
            Offset::BusinessDays(days) => calendar.business_days_after(day, days),
        };
        if self.end_of_month {
            day.last_of_month()
        } else {
            day
        }
    }
}

impl fmt::Display for StepDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.from.as_str())?;
        let (days, unit) = match self.offset {
            Offset::Days(days) => (days, "day"),
            Offset::BusinessDays(days) => (days, "business day"),
        };
        if days != 0 {
            let sign = if days < 0 { '-' } else { '+' };
            let many = if days.abs() == 1 { "" } else { "s" };
            write!(f, " {sign} {} {unit}{many}", days.abs())?;
        }
        if self.end_of_month {
            f.write_str(", end of month")?;
        }
        Ok(())
    }
}

impl Anchor {
    /// Each.
    const ALL: [Self; 3] = [Self::Due, Self::Issue, Self::Previous];

    /// As the policy writes it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Issue => "issue",
            Self::Previous => "previous",
        }
    }
}

impl Offset {
    /// `- 15 days`, `+ 1 day`, `+ 3 business days`.
    fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("-", rest) => (-1, rest),
            ("+", rest) => (1, rest),
            _ => return None,
        };
        let rest = rest.trim();
        let (number, is_business) = match rest
            .strip_suffix("business days")
            .or_else(|| rest.strip_suffix("business day"))
        {
            Some(number) => (number, true),
            None => (
                rest.strip_suffix("days")
                    .or_else(|| rest.strip_suffix("day"))?,
                false,
            ),
        };
        let most = if is_business { 250 } else { 3650 };
        let days: u16 = number.trim().parse().ok().filter(|days| *days <= most)?;
        let days = sign * i32::from(days);
        Some(if is_business {
            Self::BusinessDays(days)
        } else {
            Self::Days(days)
        })
    }

    /// About how many civil days it takes: a week has five days of business.
    pub(crate) fn days(self) -> i32 {
        match self {
            Self::Days(days) => days,
            Self::BusinessDays(days) => days.signum() * (days.abs() * 7 + 4) / 5,
        }
    }
}
