//! A lull: a time in which nothing is sent about an invoice because the tool said a day, of it or of its debtor.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::limits::{LONGEST_LULL, LULL_GAP};

/// Since when nothing is sent, and until when. What the tool says again and again makes one lull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lull {
    /// Its first day, or that of the last mail in it.
    pub since: Date,
    /// The day on which it ends, by the newest word.
    pub until: Date,
    /// A person was told that it lasts until that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Date>,
}

impl Lull {
    /// The lull as of today, by the day until which nothing is sent now, if there is one. `mailed_on` is the day of
    /// the last mail.
    pub(crate) fn as_of(
        today: Date,
        known: Option<Self>,
        until: Option<Date>,
        mailed_on: Option<Date>,
    ) -> Option<Self> {
        let is_over = |lull: &Self| lull.until.saturating_add(LULL_GAP.days()) < today;
        let known = known.filter(|known| !is_over(known));
        let Some(until) = until.filter(|until| *until > today) else {
            // It ended on its day, or is ended now; where that is the day of its beginning, it never was.
            let lasted = known.filter(|lull| lull.since < today);
            return lasted.map(|lull| Self {
                until: lull.until.min(today),
                ..lull
            });
        };
        let mut lull = known.unwrap_or(Self {
            since: today,
            until,
            told: None,
        });
        lull.until = until;
        if let Some(mailed_on) = mailed_on.filter(|day| *day > lull.since) {
            lull.since = mailed_on;
        }
        if !lull.is_long() {
            lull.told = None;
        }
        Some(lull)
    }

    /// Whether a person must hear of it, who then was told: once, and again of another day that is far off, or by
    /// far a later one.
    pub(crate) fn tell(&mut self, today: Date) -> bool {
        let days = |from: Date| (self.until - from).get_days();
        let is_news = self.told.is_none_or(|told| {
            told != self.until && (days(today) > LONGEST_LULL || days(told) > LONGEST_LULL)
        });
        let tells = self.is_long() && is_news;
        if tells {
            self.told = Some(self.until);
        }
        tells
    }

    fn is_long(self) -> bool {
        (self.until - self.since).get_days() > LONGEST_LULL
    }
}
