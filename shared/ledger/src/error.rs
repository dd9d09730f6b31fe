//! What may go wrong between us and the table.

use std::fmt::Debug;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Somebody else wrote first: read again and decide again.
    #[error("an item changed since it was read")]
    LostRace,
    /// Nothing may leave to anybody.
    #[error("everything is paused")]
    StandsStill,
    /// DynamoDB is throttling, out of reach or out of order: try again later.
    #[error("DynamoDB did not answer as it should ({0}): try again later")]
    Unavailable(String),
    /// DynamoDB refused the request, and will refuse it again.
    #[error("DynamoDB refused the request ({0})")]
    Refused(String),
    /// A stored item is not what this version of Relance writes.
    #[error("the item {pk} / {sk} cannot be read: {source}")]
    Decode {
        /// Its partition key.
        pk: String,
        /// Its sort key.
        sk: String,
        /// What the decoder said.
        source: serde_dynamo::Error,
    },
    /// A value that DynamoDB has no form for.
    #[error("a value cannot be stored: {0}")]
    Encode(serde_dynamo::Error),
}

impl LedgerError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::LostRace | Self::StandsStill | Self::Unavailable(_)
        )
    }

    pub(crate) fn from_sdk<E, R>(error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: Debug,
    {
        let SdkError::ServiceError(service) = &error else {
            return Self::Unavailable(kind(&error).to_owned());
        };
        Self::from_code(service.err().code().unwrap_or("unknown error"))
    }

    /// By the code that DynamoDB gives: of a call, or of the action that cancelled a transaction.
    pub(crate) fn from_code(code: &str) -> Self {
        match code {
            "ConditionalCheckFailed"
            | "ConditionalCheckFailedException"
            | "TransactionConflict"
            | "TransactionConflictException"
            | "TransactionInProgressException" => Self::LostRace,
            "ValidationException"
            | "ValidationError"
            | "AccessDeniedException"
            | "ResourceNotFoundException"
            | "ItemCollectionSizeLimitExceeded"
            | "ItemCollectionSizeLimitExceededException"
            | "UnrecognizedClientException"
            | "SerializationException" => Self::Refused(code.to_owned()),
            other => Self::Unavailable(other.to_owned()),
        }
    }
}

fn kind<E, R>(error: &SdkError<E, R>) -> &'static str {
    match error {
        SdkError::ConstructionFailure(_) => "the request could not be built",
        SdkError::TimeoutError(_) => "time-out",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable answer",
        _ => "unknown error",
    }
}
