//! A billing tool's event comes in, by webhook or by EventBridge: verify the raw bytes, translate, merge, one transaction, answer.
//!
//! Nothing else happens in the request's path. What was answered with 2xx is in the file; any
//! failure of ours answers 503, so that the sender tries again.

mod inbox;
mod intake;
mod invocation;
mod request;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dunning::ids::SourceName;
use dunning::policy::{self, Policy};
use ledger::{Ledger, LedgerError};
use runtime::{Clock, Metric, SecretError, SecretStore, count, load_policy, sdk_config, setting};
use sources::{Distrust, Misconfigured, Request, Secrets, SignatureError, Tool, Verified};

pub use crate::invocation::Answer;

use crate::intake::Intake;
use crate::request::{Webhook, answer};

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
}

/// Why a webhook is not taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no billing source of this name in the policy")]
    UnknownSource,
    #[error("there is no tool behind this source: neither built in nor in the policy's `sources`")]
    UnknownTool,
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    #[error("the body is not the base64 it is said to be")]
    NotBase64,
    #[error("{0}")]
    Signature(#[from] SignatureError),
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Misconfigured(#[from] Misconfigured),
    #[error("{0}")]
    Secret(#[from] SecretError),
    #[error("the secret of this source is empty")]
    NoSecret,
    #[error("{0}")]
    Ledger(#[from] LedgerError),
}

impl Refusal {
    /// In a word, for the metrics.
    fn kind(&self) -> &'static str {
        match self {
            Self::UnknownSource => "unknown source",
            Self::TooLarge => "too large",
            Self::NotBase64 | Self::Unreadable(_) => "not readable",
            Self::Signature(_) => "signature refused",
            Self::UnknownTool
            | Self::Misconfigured(_)
            | Self::Secret(_)
            | Self::NoSecret
            | Self::Ledger(_) => "failed",
        }
    }

    /// What it is answered with; nothing, if it is ours to put right and the sender is to try again.
    fn status(&self) -> Option<u16> {
        match self {
            Self::UnknownSource => Some(404),
            Self::TooLarge => Some(413),
            Self::NotBase64 | Self::Unreadable(_) => Some(400),
            Self::Signature(_) => Some(401),
            Self::UnknownTool
            | Self::Misconfigured(_)
            | Self::Secret(_)
            | Self::NoSecret
            | Self::Ledger(_) => None,
        }
    }
}

/// The tools behind a policy's sources: none for one whose tool nobody knows. Nothing of them is read
/// before their first webhook comes.
pub fn tools(policy: &Policy, folder: &Path) -> BTreeMap<SourceName, Tool> {
    let tool = |(name, source): (&SourceName, &policy::Source)| {
        Some((name.clone(), Tool::find(source.tool_name(name), folder)?))
    };
    policy.sources.iter().filter_map(tool).collect()
}

impl Ingest {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let table: String = setting("TABLE_NAME")?;
        let prefix: String = setting("SECRET_PREFIX")?;
        let folder: PathBuf = setting("POLICY_DIR")?;
        let policy = Arc::new(load_policy(&folder)?);
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), table),
            tools: tools(&policy, &folder),
            policy,
            secrets: SecretStore::new(aws_sdk_ssm::Client::new(&aws), prefix, Clock::system()),
            clock: Clock::system(),
            wall_clock: Clock::system(),
        })
    }

    /// Answers one request. Never fails: a failure is an answer, too.
    pub async fn handle(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        let source = request
            .path_parameters
            .get("source")
            .cloned()
            .unwrap_or_default();
        // Boxed: the way in is long, and 17 KB of it need not lie on the stack.
        let received = Box::pin(self.receive(&source, request)).await;
        self.count(&source, &received);
        match received {
            Ok(result) => {
                tracing::info!(source, result, "webhook");
                answer(200, result)
            }
            Err(refusal) => {
                let why = refusal.to_string();
                let status = refusal
                    .status()
                    .unwrap_or_else(|| self.status_of_again(&source));
                tracing::warn!(source, status, why, "webhook refused");
                // What is ours to put right is not the sender's to read.
                // Neither is, for a stranger, what he would have to mend.
                let text = match refusal.status() {
                    None => "try again later",
                    Some(401) => "not trusted",
                    Some(_) => &why,
                };
                answer(status, text)
            }
        }
    }

    fn status_of_again(&self, source: &str) -> u16 {
        let name = SourceName::parse(source).ok();
        let tool = name.and_then(|name| self.tools.get(&name));
        tool.map_or(503, |tool| tool.status_of_again())
    }

    fn count(&self, source: &str, received: &Result<&'static str, Refusal>) {
        let sources = &mut self.policy.sources.keys();
        let metric = Metric::Webhooks {
            source: if sources.any(|known| known.as_str() == source) {
                source
            } else {
                "unknown"
            },
            result: match received {
                Ok(result) => result,
                Err(refusal) => refusal.kind(),
            },
        };
        let now = self.clock.now();
        count(metric, 1, now);
        if received
            .as_ref()
            .is_err_and(|refusal| refusal.status().is_none())
        {
            count(Metric::WebhooksFailed, 1, now);
        }
    }

    async fn receive(
        &self,
        name: &str,
        request: ApiGatewayV2httpRequest,
    ) -> Result<&'static str, Refusal> {
        let name = SourceName::parse(name).map_err(|_| Refusal::UnknownSource)?;
        let intake = self.intake(&name)?;
        let webhook = Webhook::read(request)?;
        let (headers, query) = (webhook.headers(), webhook.query());
        let request = Request {
            headers: &headers,
            query: &query,
            body: &webhook.body,
        };
        intake.take(self.verify(&intake, request).await?).await
    }

    /// The way in for a source that the policy knows.
    fn intake<'a>(&'a self, name: &'a SourceName) -> Result<Intake<'a>, Refusal> {
        let settings = self.policy.sources.get(name);
        let settings = settings.ok_or(Refusal::UnknownSource)?;
        let tool = self.tools.get(name).ok_or(Refusal::UnknownTool)?;
        Ok(Intake {
            ingest: self,
            name,
            tool,
            settings,
        })
    }

    async fn verify<'w>(
        &self,
        intake: &Intake<'_>,
        request: Request<'w>,
    ) -> Result<Verified<'w>, Refusal> {
        let Intake {
            name,
            tool,
            settings,
            ..
        } = intake;
        let now = self.wall_clock.now();
        let check = |secret: &str| {
            let secrets = Secrets::parse(secret).map_err(|_| Refusal::NoSecret)?;
            let verdict = tool.verify(request, &secrets, settings, now);
            verdict.map_err(|distrust| match distrust {
                Distrust::Signature(why) => Refusal::Signature(why),
                Distrust::Misconfigured(why) => Refusal::Misconfigured(why),
            })
        };
        let verdict = check(&self.secrets.get(name).await?);
        if let Err(Refusal::Signature(why)) = &verdict
            && why.may_be_a_newer_secret()
            && let Some(newer) = self.secrets.changed(name).await?
        {
            return check(&newer);
        }
        verdict
    }
}
