//! A billing webhook comes in: verify the raw bytes, translate, merge, one transaction, answer.
//!
//! Nothing else happens in the request's path. What was answered with 2xx is in the file; any
//! failure of ours answers 503, so that the sender tries again.

mod inbox;
mod intake;
mod request;

use std::path::PathBuf;
use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use dunning::ids::SourceName;
use dunning::policy::Policy;
use ledger::{Ledger, LedgerError};
use runtime::{Clock, Metric, SecretError, SecretStore, count, load_policy, sdk_config, setting};
use sources::{Secrets, SignatureError, Source, Verified};

use crate::intake::Intake;
use crate::request::{Webhook, answer};

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Ingest {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
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
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    #[error("the body is not the base64 it is said to be")]
    NotBase64,
    #[error("{0}")]
    Signature(#[from] SignatureError),
    #[error("{0}")]
    NotJson(String),
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
            Self::NotBase64 | Self::NotJson(_) => "not JSON",
            Self::Signature(_) => "signature refused",
            Self::Secret(_) | Self::NoSecret | Self::Ledger(_) => "failed",
        }
    }

    fn status(&self) -> i64 {
        match self {
            Self::UnknownSource => 404,
            Self::TooLarge => 413,
            Self::NotBase64 | Self::NotJson(_) => 400,
            Self::Signature(_) => 401,
            // Ours to put right: the sender keeps it and tries again.
            Self::Secret(_) | Self::NoSecret | Self::Ledger(_) => 503,
        }
    }
}

impl Ingest {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let table: String = setting("TABLE_NAME")?;
        let prefix: String = setting("SECRET_PREFIX")?;
        let folder: PathBuf = setting("POLICY_DIR")?;
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), table),
            policy: Arc::new(load_policy(&folder)?),
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
                let (status, why) = (refusal.status(), refusal.to_string());
                tracing::warn!(source, status, why, "webhook refused");
                // What is ours to put right is not the sender's to read.
                answer(
                    status,
                    if status == 503 {
                        "try again later"
                    } else {
                        &why
                    },
                )
            }
        }
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
        count(metric, 1, self.clock.now());
    }

    async fn receive(
        &self,
        name: &str,
        request: ApiGatewayV2httpRequest,
    ) -> Result<&'static str, Refusal> {
        let name = SourceName::parse(name).map_err(|_| Refusal::UnknownSource)?;
        let source = Source::builtin(&name).ok_or(Refusal::UnknownSource)?;
        let settings = self
            .policy
            .sources
            .get(&name)
            .ok_or(Refusal::UnknownSource)?;
        let webhook = Webhook::read(request)?;
        let verified = self.verify(&name, source, &webhook).await?;
        let intake = Intake {
            ingest: self,
            name: &name,
            source,
            settings,
        };
        intake.take(verified).await
    }

    async fn verify<'w>(
        &self,
        name: &SourceName,
        source: &Source,
        webhook: &'w Webhook,
    ) -> Result<Verified<'w>, Refusal> {
        let now = self.wall_clock.now();
        let check = |secret: &str| {
            let secrets = Secrets::parse(secret).map_err(|_| Refusal::NoSecret)?;
            Ok(source.verify(webhook.headers(), &webhook.body, &secrets, now)?)
        };
        let verdict = check(&self.secrets.get(name).await?);
        if let Err(Refusal::Signature(SignatureError::NoMatch { .. })) = verdict
            && let Some(newer) = self.secrets.changed(name).await?
        {
            return check(&newer);
        }
        verdict
    }
}
