//! What the template sets.

use std::path::PathBuf;

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// For how many days closed invoices and journals are kept, 0 for good.
    retention_days: u32 = "RETENTION_DAYS",
    /// The folder with the policy.
    policy_dir: PathBuf = "POLICY_DIR",
    /// Under which the keys stand by which billing tools are asked.
    key_prefix: String = "KEY_PREFIX",
    /// Where errands wait.
    errand_queue_url: String = "ERRAND_QUEUE_URL",
}
