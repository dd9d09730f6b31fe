//! What the template sets.

use std::path::PathBuf;

use runtime::RedirectAllTo;

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// Where knocks go.
    knock_queue_url: String = "KNOCK_QUEUE_URL",
    /// Whether the table is protected against being deleted once it holds something.
    protects_table: bool = "DELETION_PROTECTION",
    /// The folder with the policy: which sources there are, and their habits.
    policy_dir: PathBuf = "POLICY_DIR",
    /// To whom mails go in place of those they are for.
    redirect_all_to: RedirectAllTo = "REDIRECT_ALL_TO",
}
