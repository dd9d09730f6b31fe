//! The table is protected against being deleted, once it holds something.
//!
//! Not from its creation: a first deployment that failed could not be taken back. Nothing here ever takes the
//! protection away.

use crate::{Sweep, SweepError};

impl Sweep {
    /// What fails is done by the next sweep.
    pub(crate) async fn protect_table(&self, has_files: bool) {
        if !self.protects_table {
            return;
        }
        match self.is_protected_now(has_files).await {
            Ok(false) => {}
            Ok(true) => tracing::info!("the table is protected against being deleted"),
            Err(error) => tracing::error!(%error, "table not protected: the next sweep does"),
        }
    }

    async fn is_protected_now(&self, has_files: bool) -> Result<bool, SweepError> {
        Ok((has_files || self.has_heard().await?) && self.ledger.protect().await?)
    }

    /// Whether anything was ever taken in.
    async fn has_heard(&self) -> Result<bool, SweepError> {
        let known = self.ledger.receptions().await?;
        Ok(known.values().any(|known| known.accepted_at.is_some()))
    }
}
