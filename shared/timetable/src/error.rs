//! What may go wrong between us and Scheduler or SQS.

/// What may go wrong between us and Scheduler or SQS.
#[derive(Debug, thiserror::Error)]
pub enum TimetableError {
    /// Throttled, out of reach or out of order: try again later.
    #[error("{service} did not answer as it should ({code}): try again later")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// What it said.
        code: String,
    },
    /// Refused, and it will be refused again.
    #[error("{service} refused the request ({code})")]
    Refused {
        /// Which service.
        service: &'static str,
        /// What it said.
        code: String,
    },
}

impl TimetableError {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// What a service said; `None` where it gave no answer.
    pub fn new(service: &'static str, code: Option<&str>) -> Self {
        let code = code.unwrap_or("no answer").to_owned();
        let permanent = [
            "ValidationException",
            "AccessDeniedException",
            "ResourceNotFoundException",
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
            "InvalidParameterValue",
            "InvalidMessageContents",
        ];
        if permanent.contains(&code.as_str()) {
            Self::Refused { service, code }
        } else {
            Self::Unavailable { service, code }
        }
    }
}
