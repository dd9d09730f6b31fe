//! What the template sets.

use std::path::PathBuf;

use runtime::RedirectAllTo;

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// For how many days closed invoices and journals are kept, 0 for good.
    retention_days: u32 = "RETENTION_DAYS",
    /// The folder with the policy and its templates.
    policy_dir: PathBuf = "POLICY_DIR",
    /// Where early knocks are put back.
    knock_queue_url: String = "KNOCK_QUEUE_URL",
    /// By which SES publishes what becomes of a mail.
    configuration_set: String = "CONFIGURATION_SET",
    /// Under which the sources' secrets stand, and their log.
    secret_prefix: String = "SECRET_PREFIX",
    /// Under which the keys stand by which billing tools are asked.
    key_prefix: String = "KEY_PREFIX",
    /// How many of us may send at a time.
    workers: u32 = "WORKERS",
    /// To whom mails go in place of those they are for.
    redirect_all_to: RedirectAllTo = "REDIRECT_ALL_TO",
    /// For how long nothing need be heard of a mail, in seconds.
    delivery_window_seconds: i64 = "DELIVERY_WINDOW_SECONDS",
}
