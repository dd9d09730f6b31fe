//! A deployed stack, as CloudFormation describes it: its outputs say where everything is.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types;
use clap::Args;
use dunning::value::SourceName;
use ledger::Ledger;
use runtime::{Clock, SecretStore};

use crate::aws::{Account, AwsError};

/// Which stack is meant.
#[derive(Args)]
pub(crate) struct StackArgs {
    /// The stack's name, as it was deployed
    #[arg(long, value_name = "NAME", env = "RELANCE_STACK")]
    stack: String,
}

/// A stack, and how its account is called.
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) aws: SdkConfig,
    pub(crate) status: String,
    pub(crate) parameters: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl StackArgs {
    pub(crate) fn name(&self) -> &str {
        &self.stack
    }

    pub(crate) async fn open(&self, account: &Account) -> Result<Stack, AwsError> {
        Stack::open(&self.stack, account.config().await?).await
    }
}

impl Stack {
    pub(crate) async fn open(name: &str, aws: SdkConfig) -> Result<Self, AwsError> {
        let client = aws_sdk_cloudformation::Client::new(&aws);
        let described = client.describe_stacks().stack_name(name).send().await;
        let described = described.map_err(|error| missing(name, &aws, &error))?;
        let stack = described.stacks().first();
        let stack = stack.ok_or_else(|| no_stack(name, &aws))?;
        Ok(Self {
            status: status(stack),
            parameters: parameters(stack),
            outputs: outputs(stack),
            name: name.to_owned(),
            aws,
        })
    }

    pub(crate) fn output(&self, output: &'static str) -> Result<&str, AwsError> {
        let value = self.outputs.get(output).map(String::as_str);
        value.ok_or_else(|| AwsError::NoOutput {
            stack: self.name.clone(),
            output,
        })
    }

    pub(crate) fn ledger(&self) -> Result<Ledger, AwsError> {
        let client = aws_sdk_dynamodb::Client::new(&self.aws);
        let ledger = Ledger::new(client, self.output("TableName")?);
        // What a command writes is kept for as long as what a function does.
        let days = self.parameters.get("RetentionDays");
        let days = days.and_then(|days| days.parse().ok()).unwrap_or_default();
        Ok(ledger.keeping_history(days))
    }

    pub(crate) fn secrets(&self) -> Result<SecretStore, AwsError> {
        Ok(self.store(in_it(self.output("SecretName")?)))
    }

    /// The keys by which billing tools are asked.
    pub(crate) fn keys(&self) -> Result<SecretStore, AwsError> {
        Ok(self.store(&self.keys_path()?))
    }

    fn store(&self, path: &str) -> SecretStore {
        let ssm = aws_sdk_ssm::Client::new(&self.aws);
        SecretStore::new(ssm, path, Clock::system())
    }

    /// Beside the webhooks' secrets: whoever reads the ones cannot read the others.
    fn keys_path(&self) -> Result<String, AwsError> {
        let secrets = in_it(self.output("SecretName")?);
        let of_stack = secrets.strip_suffix("/webhooks").unwrap_or(secrets);
        Ok(format!("{of_stack}/keys"))
    }

    /// The parameter of SSM that holds the key by which a source's tool is asked.
    pub(crate) fn key_name(&self, source: &SourceName) -> Result<String, AwsError> {
        Ok(format!("{}/{source}", self.keys_path()?))
    }

    /// The parameter of SSM that holds a source's secret.
    pub(crate) fn secret_name(&self, source: &SourceName) -> Result<String, AwsError> {
        Ok(self
            .output("SecretName")?
            .replace("{source}", source.as_str()))
    }

    /// Where a source's webhooks come in.
    pub(crate) fn webhook_url(&self, source: &SourceName) -> Result<String, AwsError> {
        Ok(self
            .output("WebhookUrl")?
            .replace("{source}", source.as_str()))
    }
}

/// The path below which each source has a parameter.
fn in_it(of_a_source: &str) -> &str {
    of_a_source.strip_suffix("/{source}").unwrap_or(of_a_source)
}

fn status(stack: &types::Stack) -> String {
    let status = stack.stack_status();
    status
        .map_or("UNKNOWN", types::StackStatus::as_str)
        .to_owned()
}

fn parameters(stack: &types::Stack) -> BTreeMap<String, String> {
    let parameters = stack.parameters().iter();
    let named = parameters.filter_map(|parameter| {
        Some((
            parameter.parameter_key()?.to_owned(),
            parameter.parameter_value()?.to_owned(),
        ))
    });
    named.collect()
}

fn outputs(stack: &types::Stack) -> BTreeMap<String, String> {
    let outputs = stack.outputs().iter();
    let named = outputs.filter_map(|output| {
        Some((
            output.output_key()?.to_owned(),
            output.output_value()?.to_owned(),
        ))
    });
    named.collect()
}

fn no_stack(name: &str, aws: &SdkConfig) -> AwsError {
    AwsError::NoStack {
        stack: name.to_owned(),
        region: aws.region().map_or_else(String::new, ToString::to_string),
    }
}

/// CloudFormation has no code of its own for a stack that is not there.
fn missing<E, R>(name: &str, aws: &SdkConfig, error: &SdkError<E, R>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match AwsError::of("cloudformation:DescribeStacks", error) {
        AwsError::Failed { code, message, .. }
            if code == "ValidationError" && message.contains("does not exist") =>
        {
            no_stack(name, aws)
        }
        other => other,
    }
}
