//! Whoever is overtaken reads again and decides again.

use std::ops::ControlFlow;

use crate::LedgerError;

/// How often that is worth it, before whoever asked is told to come back.
const ATTEMPTS: usize = 6;

/// Makes attempts until one breaks with its outcome. One that was overtaken continues.
///
/// # Errors
/// The first error of an attempt, or [`LedgerError::LostRace`] when all were overtaken.
pub async fn until_not_overtaken<T, E: From<LedgerError>>(
    mut attempt: impl AsyncFnMut() -> Result<ControlFlow<T>, E>,
) -> Result<T, E> {
    for _ in 0..ATTEMPTS {
        // Boxed: an attempt is most of a function's work, and as much of its stack.
        if let ControlFlow::Break(outcome) = Box::pin(attempt()).await? {
            return Ok(outcome);
        }
    }
    Err(LedgerError::LostRace.into())
}
