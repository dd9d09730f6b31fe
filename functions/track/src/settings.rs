//! What the template sets.

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
}
