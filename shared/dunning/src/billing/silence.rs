//! What a tool shows of an invoice that silences it, where the rest of what it shows makes no sense.

use std::cmp::Reverse;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::snapshot::{Collection, Snapshot, Status};
use crate::value::{Currency, Money};

/// A snapshot of which no more is believed than what asks for less. It counts until the invoice is shown as of
/// later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// It is not issued: a draft, again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// No more than this is left to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// The tool charges it by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub charged_automatically: bool,
    /// The tool wants nothing sent about it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_alone: bool,
    /// The tool wants nothing sent before this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Date>,
    /// A payment is on its way; by this day it has come, or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_pending_until: Option<Date>,
}

/// What is left to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// Nothing, of whichever currency.
    Nothing,
    /// So much.
    Money(Money),
}

impl Left {
    /// In minor units, unless it is of another currency.
    pub(super) fn of(self, currency: Currency) -> Option<i64> {
        match self {
            Self::Nothing => Some(0),
            Self::Money(money) => (money.currency == currency).then_some(money.minor),
        }
    }

    fn at_most(self) -> (i64, Option<Currency>) {
        match self {
            Self::Nothing => (0, None),
            Self::Money(Money { minor, currency }) => (minor, Some(currency)),
        }
    }
}

impl Silence {
    /// Whether anything is silenced by it.
    pub fn is_something(self) -> bool {
        self != Self::default()
    }

    /// Of two of one moment the quieter one counts; then any, but always the same.
    pub(super) fn rank(self) -> impl Ord {
        let left = self.left.map(|left| Reverse(left.at_most()));
        (
            self.draft,
            self.left_alone,
            self.charged_automatically,
            left,
            self.payment_pending_until,
            self.not_before,
        )
    }

    /// Silences an invoice that is owed by all else that was told.
    pub(super) fn quiet(self, balance: &mut Snapshot) {
        if balance.status != Status::Open {
            return;
        }
        if self.draft {
            balance.status = Status::Draft;
        }
        if self.charged_automatically {
            balance.collection = Collection::ChargeAutomatically;
        }
        balance.left_alone |= self.left_alone;
        balance.not_before = balance.not_before.max(self.not_before);
        let pending = balance.payment_pending_until;
        balance.payment_pending_until = pending.max(self.payment_pending_until);
    }
}
