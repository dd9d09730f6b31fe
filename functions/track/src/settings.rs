//! What the template sets.

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// For how many days closed invoices and journals are kept, 0 for good.
    retention_days: u32 = "RETENTION_DAYS",
}
