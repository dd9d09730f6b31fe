//! Whoever is overtaken reads again and decides again.

use crate::LedgerError;

/// How often that is worth it, before whoever asked is told to come back.
const ATTEMPTS: u32 = 6;

/// A race with other writers, run until it is won.
#[derive(Debug, Default)]
pub struct Race {
    lost: u32,
}

impl Race {
    /// Somebody else wrote first: go on, or give up with [`LedgerError::LostRace`].
    pub fn run_again(&mut self) -> Result<(), LedgerError> {
        self.lost += 1;
        if self.lost < ATTEMPTS {
            Ok(())
        } else {
            Err(LedgerError::LostRace)
        }
    }
}
