//! What a mail may say of the difference between what an invoice was and what is left of it.

use super::debt::Debt;
use super::movements::MovementKind;
use super::reckoning::amount;

/// What lowered a debt, as far as the file knows. Minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lowered {
    /// By credit notes that were told since the newest snapshot: its total is less all earlier ones, and is
    /// more by these than that of the balance.
    pub credited: i64,
    /// By payments, where those that were told are all of it. A snapshot alone does not say what lowered a debt.
    pub received: Option<i64>,
}

impl Debt {
    /// What lowered it.
    pub fn lowered(&self) -> Lowered {
        let balance = self.balance();
        let credited = self.latest.value.total.minor - balance.total.minor;
        let gone = balance.total.minor - balance.remaining.minor;
        let told = self.payments().map(amount).fold(0, i64::saturating_add);
        let is_reversed = self
            .of(MovementKind::Reversal)
            .any(|moved| amount(moved) > 0);
        Lowered {
            credited: credited.max(0),
            received: (gone > 0 && told == gone && !is_reversed).then_some(gone),
        }
    }
}
