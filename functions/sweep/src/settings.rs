//! What the template sets.

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// Where knocks go.
    knock_queue_url: String = "KNOCK_QUEUE_URL",
}
