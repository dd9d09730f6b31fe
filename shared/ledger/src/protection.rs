//! Whether the table may be deleted.

use aws_sdk_dynamodb::types::TableDescription;

use crate::error::LedgerError;
use crate::table::Ledger;

impl Ledger {
    /// Protects the table against being deleted. Gives whether it was not.
    pub async fn protect(&self) -> Result<bool, LedgerError> {
        let request = self.client.describe_table().table_name(&self.table);
        let described = request.send().await.map_err(LedgerError::from_sdk)?;
        let is_protected = described
            .table()
            .and_then(TableDescription::deletion_protection_enabled);
        if is_protected == Some(true) {
            return Ok(false);
        }
        let request = self.client.update_table().table_name(&self.table);
        let request = request.deletion_protection_enabled(true);
        request.send().await.map_err(LedgerError::from_sdk)?;
        Ok(true)
    }
}
