//! What the template sets.

use std::path::PathBuf;

runtime::settings! {
    /// The table.
    table_name: String = "TABLE_NAME",
    /// For how many days closed invoices and journals are kept, 0 for good.
    retention_days: u32 = "RETENTION_DAYS",
    /// The folder with the policy.
    policy_dir: PathBuf = "POLICY_DIR",
    /// The group of our schedules.
    schedule_group: String = "SCHEDULE_GROUP",
    /// Where a schedule knocks.
    knock_queue_arn: String = "KNOCK_QUEUE_ARN",
    /// Where a knock goes that the queue did not take.
    knock_dead_letter_arn: String = "KNOCK_DEAD_LETTER_ARN",
    /// In whose name it knocks.
    scheduler_role_arn: String = "SCHEDULER_ROLE_ARN",
    /// Where knocks go that are due within minutes.
    knock_queue_url: String = "KNOCK_QUEUE_URL",
    /// The bus on which the user's own automation hears.
    signal_bus: String = "SIGNAL_BUS",
    /// Where records go that cannot be mirrored.
    repair_queue_url: String = "REPAIR_QUEUE_URL",
}
