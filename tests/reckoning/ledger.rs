//! What truly happened to an invoice, and what is truly owed. It knows whole numbers and instants, and none
//! of the product's code: what it judges must not be what it reckons with.

use jiff::Timestamp;

/// What may happen to an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Issued,
    /// By a stored means of payment, or through the tool's page.
    Paid,
    /// Typed in by a person, with an older date.
    PaidByHand,
    /// Called paid by a person, who names no payment.
    CalledPaid,
    PaymentUndone,
    Credited,
    CreditUndone,
    Refunded,
    ChargedBack,
    ChargebackWon,
    ChargebackLost,
    WrittenOff,
    WriteOffUndone,
    Voided,
    /// The tool shows it again, for a reason that has nothing to do with money.
    Touched,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) kind: Kind,
    /// In cents.
    pub(crate) amount: i64,
    /// The entry that it is about: the payment that is undone, the chargeback that is won.
    pub(crate) of: Option<usize>,
    /// The date that a person typed.
    pub(crate) typed: Option<Timestamp>,
}

/// All of it, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
}

/// Which entries are looked at.
pub(crate) type Told = Vec<bool>;

/// Where an invoice stands by some of its entries. Cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stand {
    pub(crate) total: i64,
    pub(crate) credited: i64,
    /// Payments that stand, whatever a bank took back of them.
    pub(crate) paid: i64,
    pub(crate) charged_back: i64,
    pub(crate) refunded: i64,
    pub(crate) ended: Option<Kind>,
}

impl Stand {
    /// What is owed.
    pub(crate) fn owed(&self) -> i64 {
        let most = self.total - self.credited;
        match self.ended {
            Some(_) => 0,
            None => (most - self.paid + self.charged_back).clamp(0, most.max(0)),
        }
    }
}

impl Ledger {
    /// All entries.
    pub(crate) fn all(&self) -> Told {
        vec![true; self.entries.len()]
    }

    /// The entries up to one.
    pub(crate) fn until(&self, last: usize) -> Told {
        (0..self.entries.len()).map(|n| n <= last).collect()
    }

    /// Where it stands by the entries that are looked at; None before it was issued.
    pub(crate) fn stand(&self, told: &[bool]) -> Option<Stand> {
        let of_kind = |kinds: &[Kind]| {
            let entries = self.entries.iter().enumerate();
            let standing = entries.filter(|(n, entry)| {
                kinds.contains(&entry.kind) && told[*n] && !self.is_undone(*n, told)
            });
            standing.map(|(_, entry)| entry.amount).sum::<i64>()
        };
        let is_issued = |(n, entry): (usize, &Entry)| entry.kind == Kind::Issued && told[n];
        if !self.entries.iter().enumerate().any(is_issued) {
            return None;
        }
        Some(Stand {
            total: of_kind(&[Kind::Issued]),
            credited: of_kind(&[Kind::Credited]),
            paid: of_kind(&[Kind::Paid, Kind::PaidByHand]),
            charged_back: of_kind(&[Kind::ChargedBack]),
            refunded: of_kind(&[Kind::Refunded]),
            ended: self.ended(told),
        })
    }

    /// What is owed by the entries that are looked at.
    pub(crate) fn owed(&self, told: &[bool]) -> Option<i64> {
        self.stand(told).map(|stand| stand.owed())
    }

    /// Whether another entry took it back.
    pub(crate) fn is_undone(&self, n: usize, told: &[bool]) -> bool {
        let undoes = |entry: &Entry| {
            entry.of == Some(n)
                && matches!(
                    entry.kind,
                    Kind::PaymentUndone
                        | Kind::CreditUndone
                        | Kind::ChargebackWon
                        | Kind::WriteOffUndone
                )
        };
        let mut entries = self.entries.iter().zip(told);
        entries.any(|(entry, told)| *told && undoes(entry))
    }

    fn ended(&self, told: &[bool]) -> Option<Kind> {
        let ends = [Kind::CalledPaid, Kind::WrittenOff, Kind::Voided];
        let entries = self.entries.iter().enumerate();
        let mut standing = entries.filter(|(n, entry)| {
            ends.contains(&entry.kind) && told[*n] && !self.is_undone(*n, told)
        });
        standing.next_back().map(|(_, entry)| entry.kind)
    }
}

impl Ledger {
    /// What is owed as some of `uncertain` are looked at or not, the least and the most.
    pub(crate) fn between(&self, told: &[bool], uncertain: &[usize]) -> Option<(i64, i64)> {
        let readings = (0..1_u32 << uncertain.len()).map(|chosen| {
            let mut told = told.to_vec();
            for (bit, entry) in uncertain.iter().enumerate() {
                told[*entry] = chosen & (1 << bit) != 0;
            }
            told
        });
        let owed: Vec<i64> = readings.filter_map(|told| self.owed(&told)).collect();
        Some((*owed.iter().min()?, *owed.iter().max()?))
    }
}
