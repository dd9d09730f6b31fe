//! What the template sets.

use std::path::PathBuf;

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// Under which the sources' secrets stand.
    secret_prefix: String = "SECRET_PREFIX",
    /// The folder with the policy and tools of the user's own.
    policy_dir: PathBuf = "POLICY_DIR",
}
