//! Working days, written a second time: the oracle must not ask the code that it judges.

use jiff::civil::{Date, Weekday};

use crate::dice::Dice;

/// Saturday and Sunday, or as the country has it; or everybody's own.
#[derive(Debug, Clone, Copy)]
enum Weekend {
    TheirOwn,
    Everybodys(&'static str, &'static [Weekday]),
}

/// On which days a policy lets mails leave.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    weekend: Weekend,
    holidays: bool,
    /// From a day of each year to another, as `08-01`.
    closed: Option<(&'static str, &'static str)>,
}

impl Calendar {
    /// As the tests' policy has it.
    pub(crate) fn usual() -> Self {
        Self {
            weekend: Weekend::TheirOwn,
            holidays: true,
            closed: None,
        }
    }

    pub(crate) fn drawn(dice: &Dice) -> Self {
        const FRIDAY: &[Weekday] = &[Weekday::Friday, Weekday::Saturday];
        const SUNDAY: &[Weekday] = &[Weekday::Sunday];
        let weekends = [
            Weekend::TheirOwn,
            Weekend::TheirOwn,
            Weekend::Everybodys("\"friday\", \"saturday\"", FRIDAY),
            Weekend::Everybodys("\"sunday\"", SUNDAY),
            Weekend::Everybodys("", &[]),
        ];
        let closed = [
            None,
            None,
            Some(("08-01", "08-16")),
            Some(("12-24", "01-02")),
            Some(("03-08", "03-12")),
        ];
        let weekend = *dice.one_of("policy/weekend", &weekends);
        Self {
            weekend,
            // The table below has no holiday of a day on which nobody works anyway.
            holidays: matches!(weekend, Weekend::TheirOwn) && dice.happens("policy/holidays", 750),
            closed: *dice.one_of("policy/closed", &closed),
        }
    }

    /// As a policy says it.
    pub(crate) fn text(&self) -> String {
        let weekend = match self.weekend {
            Weekend::TheirOwn => String::new(),
            Weekend::Everybodys(days, _) => format!("weekend = [{days}]\n"),
        };
        let closed = self.closed.map_or(String::new(), |(from, to)| {
            format!("closed = [\"{from}..{to}\"]\n")
        });
        format!("holidays = {}\n{weekend}{closed}", self.holidays)
    }

    /// In days, with the week-ends beside it.
    pub(crate) fn longest_closure(&self) -> i64 {
        if self.closed.is_some() { 20 } else { 0 }
    }

    /// Not on a week-end, which is Friday and Saturday in Saudi Arabia, not on a holiday of the country's, and not while
    /// the company is closed.
    pub(crate) fn is_open(&self, day: Date, country: Option<&str>) -> bool {
        let is_weekend = match (self.weekend, country) {
            (Weekend::Everybodys(_, days), _) => days.contains(&day.weekday()),
            (Weekend::TheirOwn, Some("SA")) => {
                matches!(day.weekday(), Weekday::Friday | Weekday::Saturday)
            }
            (Weekend::TheirOwn, _) => {
                matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            }
        };
        let text = day.to_string();
        let of_year = &text[5..];
        let is_closed = self.closed.is_some_and(|(from, to)| {
            if from <= to {
                (from..=to).contains(&of_year)
            } else {
                of_year >= from || of_year <= to
            }
        });
        let is_holiday = self.holidays && is_holiday(&text, country);
        !(is_weekend || is_closed || is_holiday)
    }

    pub(crate) fn open_from(&self, mut day: Date, country: Option<&str>) -> Date {
        while !self.is_open(day, country) {
            day = day.tomorrow().expect("in range");
        }
        day
    }

    pub(crate) fn open_until(&self, mut day: Date, country: Option<&str>) -> Date {
        while !self.is_open(day, country) {
            day = day.yesterday().expect("in range");
        }
        day
    }

    /// So many open days later.
    pub(crate) fn business_days_after(
        &self,
        mut day: Date,
        days: i64,
        country: Option<&str>,
    ) -> Date {
        for _ in 0..days {
            day = self.open_from(day.tomorrow().expect("in range"), country);
        }
        day
    }
}

fn is_holiday(day: &str, country: Option<&str>) -> bool {
    let theirs = HOLIDAYS.iter().filter(|(of, _)| Some(*of) == country);
    theirs
        .flat_map(|(_, days)| days.split_whitespace())
        .any(|known| known == day || known == &day[5..])
}

/// As they are published, or reckoned where a moon must be seen: on the days of the week on which one works, in the
/// years in which stories play.
const HOLIDAYS: [(&str, &str); 5] = [
    // Code du travail, L3133-1.
    (
        "FR",
        "01-01 05-01 05-08 07-14 08-15 11-01 11-11 12-25
        2027-03-29 2027-05-06 2027-05-17 2028-04-17 2028-05-25 2028-06-05 2029-04-02 2029-05-10 2029-05-21",
    ),
    // England's, with the days in the stead of those on a week-end.
    (
        "GB",
        "2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
        2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26
        2029-01-01 2029-03-30 2029-04-02 2029-05-07 2029-05-28 2029-08-27 2029-12-25 2029-12-26",
    ),
    // Banks rest on the last day of the year and the first three, too.
    (
        "JP",
        "01-01 01-02 01-03 02-11 02-23 04-29 05-03 05-04 05-05 08-11 11-03 11-23 12-31
        2027-01-11 2027-03-22 2027-07-19 2027-09-20 2027-09-23 2027-10-11
        2028-01-10 2028-03-20 2028-07-17 2028-09-18 2028-09-22 2028-10-09
        2029-01-08 2029-02-12 2029-03-20 2029-04-30 2029-07-16 2029-09-17 2029-09-24 2029-10-08",
    ),
    (
        "IN",
        "01-26 04-14 08-15 10-02 12-25
        2027-03-06 2027-03-10 2027-03-22 2027-03-26 2027-04-15 2027-05-17 2027-05-20 2027-06-16 2027-08-25 2027-10-29
        2028-02-23 2028-04-03 2028-04-07 2028-05-08 2028-08-04 2028-09-27 2028-10-17 2028-11-02
        2029-02-15 2029-03-01 2029-03-30 2029-04-25 2029-04-26 2029-05-24 2029-07-25 2029-10-16 2029-11-05 2029-11-21",
    ),
    (
        "SA",
        "2027-02-22 2027-03-09 2027-03-10 2027-03-11 2027-03-14 2027-05-16 2027-05-17 2027-05-18 2027-05-19 2027-09-23
        2028-02-22 2028-02-27 2028-02-28 2028-02-29 2028-03-01 2028-05-04 2028-05-07 2028-05-08 2028-05-09 2028-09-24
        2029-02-14 2029-02-15 2029-02-18 2029-02-19 2029-02-22 2029-04-23 2029-04-24 2029-04-25 2029-04-26 2029-09-23",
    ),
];
