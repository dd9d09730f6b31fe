//! The user's AWS account, by the credentials that every AWS tool finds; and why it does not answer.

use std::error::Error;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_types::region::Region;
use clap::Args;

/// Whose account, and where.
#[derive(Args)]
pub(crate) struct Account {
    /// The profile to sign in with, of those in ~/.aws/config [default: as every AWS tool finds one]
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// The region of the stack [default: that of the environment, or the profile's]
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
}

/// Why AWS is of no help.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum AwsError {
    #[error("no region is known: say --region, set AWS_REGION, or put `region` into the profile")]
    NoRegion,
    #[error(
        "there are no credentials ({0}): sign in with `aws login` or `aws sso login`, or say --profile"
    )]
    NoCredentials(String),
    #[error("the credentials are not taken any more ({0}): sign in again")]
    Expired(String),
    #[error("{action} is not allowed to these credentials ({code}): {message}")]
    Denied {
        action: &'static str,
        code: String,
        message: String,
    },
    #[error("AWS cannot be reached for {action}: {why}. Is there a network, and such a region?")]
    Unreachable { action: &'static str, why: String },
    #[error("{action} failed ({code}): {message}")]
    Failed {
        action: &'static str,
        code: String,
        message: String,
    },
    #[error("there is no stack `{stack}` in {region}: is it another name, --region or --profile?")]
    NoStack { stack: String, region: String },
    #[error(
        "the stack `{stack}` has no output `{output}`: is it one of Relance, and deployed to its end?"
    )]
    NoOutput { stack: String, output: &'static str },
}

impl Account {
    /// How AWS is called. Asks for nothing yet, but for the credentials.
    pub(crate) async fn config(&self) -> Result<SdkConfig, AwsError> {
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
        let mut loader = loader.http_client(runtime::https());
        if let Some(profile) = &self.profile {
            // Who names a profile means it, whatever keys lie in the environment.
            let provider = ProfileFileCredentialsProvider::builder().profile_name(profile);
            loader = loader
                .profile_name(profile)
                .credentials_provider(provider.build());
        }
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let config = loader.load().await;
        if config
            .region()
            .is_none_or(|region| region.as_ref().is_empty())
        {
            return Err(AwsError::NoRegion);
        }
        let provider = config.credentials_provider();
        let provider =
            provider.ok_or_else(|| AwsError::NoCredentials("none are set".to_owned()))?;
        match provider.provide_credentials().await {
            Ok(_) => Ok(config),
            Err(error) => {
                let profile = self.profile.as_ref();
                let of = profile.map_or_else(String::new, |name| format!("profile {name}: "));
                Err(AwsError::NoCredentials(format!("{of}{}", chain(&error))))
            }
        }
    }
}

impl AwsError {
    /// Why a call of that IAM action failed.
    pub(crate) fn of<E, R>(action: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        let service = match error {
            SdkError::ServiceError(service) => service,
            SdkError::ResponseError(_) => {
                return Self::Failed {
                    action,
                    code: "no usable answer".to_owned(),
                    message: chain(error),
                };
            }
            _ => {
                let why = chain(error);
                return Self::Unreachable { action, why };
            }
        };
        let service = service.err();
        if service.code().is_none() {
            return Self::Failed {
                action,
                code: "no usable answer".to_owned(),
                message: chain(error),
            };
        }
        let code = service.code().unwrap_or("unknown error").to_owned();
        let message = service.message().unwrap_or("AWS says no more").to_owned();
        match code.as_str() {
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "RequestExpired"
            | "SignatureDoesNotMatch" => Self::Expired(format!("{code}: {message}")),
            code if code.starts_with("AccessDenied")
                || code.starts_with("UnauthorizedOperation")
                || code == "AuthorizationError" =>
            {
                Self::Denied {
                    action,
                    code: code.to_owned(),
                    message,
                }
            }
            _ => Self::Failed {
                action,
                code,
                message,
            },
        }
    }
}

/// What an error says, and what lies behind it; what says the same as the one before says it once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !said.last().is_some_and(|last| last.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.join(": ")
}
