//! The function, with all that it needs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use aws_types::SdkConfig;
use dunning::policy::Policy;
use dunning::value::SourceName;
use ledger::Ledger;
use runtime::{Clock, SecretStore, load_policy, sdk_config};
use sources::Tool;

use crate::noted::Noted;
use crate::settings::Settings;

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Ingest {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// The tools behind the policy's sources.
    pub tools: BTreeMap<SourceName, Tool>,
    /// Webhook secrets.
    pub secrets: SecretStore,
    /// By which invoices are planned.
    pub clock: Clock,
    /// By which signatures age; never turned.
    pub wall_clock: Clock,
    /// Whether it tells kept deliveries again: what was taken in is merged once more.
    pub retells: bool,
    /// What this worker noted of what came in.
    pub noted: Noted,
}

impl Ingest {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let settings = Settings::from_env()?;
        let policy = Arc::new(load_policy(&settings.policy_dir)?);
        let ssm = aws_sdk_ssm::Client::new(&aws);
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), settings.table_name)
                .keeping_history(settings.retention_days)
                .keeping_deliveries(settings.delivery_days),
            tools: Tool::of_policy(&policy, &settings.policy_dir),
            policy,
            secrets: SecretStore::new(ssm, settings.secret_prefix, Clock::system()),
            clock: Clock::system(),
            wall_clock: Clock::system(),
            retells: false,
            noted: Noted::default(),
        })
    }

    /// Connects, reads the secrets, and compiles the filters of the sources that have one.
    pub async fn prepare(&self) {
        let secrets = async {
            for source in self.secrets.read_ahead(self.tools.keys()).await {
                if let (Some(tool), Some(settings)) =
                    (self.tools.get(&source), self.policy.sources.get(&source))
                {
                    // What is wrong with it is said with the first webhook.
                    let _ = tool.check(settings);
                }
            }
        };
        tokio::join!(self.ledger.connect(), secrets);
    }

    /// To tell kept deliveries again, on a person's machine. No secret is read.
    pub fn to_retell(aws: &SdkConfig, ledger: Ledger, policy: Policy, policy_dir: &Path) -> Self {
        let ssm = aws_sdk_ssm::Client::new(aws);
        Self {
            ledger,
            tools: Tool::of_policy(&policy, policy_dir),
            policy: Arc::new(policy),
            secrets: SecretStore::new(ssm, String::new(), Clock::system()),
            clock: Clock::system(),
            wall_clock: Clock::system(),
            retells: true,
            noted: Noted::default(),
        }
    }
}
