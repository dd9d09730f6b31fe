//! What invokes the function: API Gateway with a webhook, or a queue with what Stripe delivers by
//! EventBridge.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use dunning::value::SourceName;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sources::{Request, Verified};

use crate::rejection::Rejection;
use crate::taken::Taken;
use crate::wiring::Ingest;

/// An answer in the shape that the invoker wants.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// To API Gateway.
    Http(Box<ApiGatewayV2httpResponse>),
    /// To a queue: the messages that are to come again.
    Batch(SqsBatchResponse),
}

/// As much of an invocation as tells which it is.
#[derive(Deserialize)]
struct Peek {
    #[serde(rename = "Records")]
    records: Option<IgnoredAny>,
}

/// What EventBridge wraps around a partner's event.
#[derive(Deserialize)]
struct Envelope<'e> {
    #[serde(borrow)]
    detail: &'e RawValue,
}

impl Ingest {
    /// Answers whoever invokes the function.
    pub async fn invoke(&self, payload: &RawValue) -> Result<Answer, serde_json::Error> {
        let peek: Peek = serde_json::from_str(payload.get())?;
        if peek.records.is_some() {
            let batch: SqsEvent = serde_json::from_str(payload.get())?;
            return Ok(Answer::Batch(self.take_messages(batch).await));
        }
        let request: ApiGatewayV2httpRequest = serde_json::from_str(payload.get())?;
        Ok(Answer::Http(Box::new(self.handle(request).await)))
    }

    /// Takes in what Stripe delivered by EventBridge. What failed comes again, and at last to the dead
    /// letters.
    pub async fn take_messages(&self, batch: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            let taken = Box::pin(self.take_message(&message)).await;
            self.settle(STRIPE, &taken).await;
            match taken {
                Ok(taken) => {
                    let result = taken.as_str();
                    tracing::info!(source = STRIPE, result, "event of EventBridge taken in");
                }
                Err(error) => {
                    tracing::error!(source = STRIPE, %error, "event of EventBridge not taken in");
                    response.add_failure(message.message_id.unwrap_or_default());
                }
            }
        }
        response
    }

    async fn take_message(&self, message: &SqsMessage) -> Result<Taken, Rejection> {
        let body = message.body.as_deref().unwrap_or_default();
        let Envelope { detail } =
            serde_json::from_str(body).map_err(|why| Rejection::Unreadable(why.to_string()))?;
        let name = SourceName::parse(STRIPE).map_err(|_| Rejection::UnknownSource)?;
        let request = Request::new(&[], detail.get().as_bytes());
        let way_in = self.way_in(&name)?;
        way_in.take(Verified::by_event_bus(request)).await
    }
}

/// Only Stripe delivers by EventBridge, and only to the source of its own name.
const STRIPE: &str = "stripe";
