//! What the template sets.

use std::path::PathBuf;

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// For how many days closed invoices and journals are kept, 0 for good.
    retention_days: u32 = "RETENTION_DAYS",
    /// For how many days webhooks are kept as they came.
    delivery_days: u32 = "DELIVERY_DAYS",
    /// Under which the sources' secrets stand.
    secret_prefix: String = "SECRET_PREFIX",
    /// The folder with the policy and tools of the user's own.
    policy_dir: PathBuf = "POLICY_DIR",
}
