//! The SDK's way into the embedded AWS, in place of HTTP.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::task::yield_now;
use winterbaume_core::{MockRequest, MockService};

use crate::call::{Call, Fault, Service, conflict, respond, throttled};
use crate::region::{Region, length, lock};
use crate::unreachable;

/// Hands each request to the region.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) region: Arc<Region>,
    /// Who only looks on is not counted, and is struck by no fault.
    pub(super) looks_on: bool,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { region, looks_on } = self.clone();
        HttpConnectorFuture::new(async move { region.carry(request, looks_on).await })
    }
}

impl Region {
    /// Carries one request there and its answer back. It gives way once on either side of the effect: there another
    /// function may come in between, and there a caller who is dropped has died before or after it.
    async fn carry(
        &self,
        request: HttpRequest,
        looks_on: bool,
    ) -> Result<HttpResponse, ConnectorError> {
        let call = Call::read(&request)?;
        if looks_on {
            return Ok(self.perform(&call, request).await);
        }
        yield_now().await;
        self.count(&call);
        *lock(&self.bytes) += length(request.body().bytes());
        let answer = match self.fault(&call) {
            Fault::None => Ok(self.perform(&call, request).await),
            Fault::Throttled => Ok(respond(Err(throttled(call.service)))),
            Fault::Conflict => Ok(respond(Err(conflict(&call)))),
            Fault::Unreachable => unreachable::call(request).await,
            Fault::Before(failure) => failure.seen_by(call.service),
            Fault::After(failure) => {
                self.perform(&call, request).await;
                failure.seen_by(call.service)
            }
        };
        if let Ok(answer) = &answer {
            *lock(&self.bytes) += length(answer.body().bytes());
        }
        yield_now().await;
        answer
    }

    /// One call at a time: the lock is held for the whole of it.
    async fn perform(&self, call: &Call, request: HttpRequest) -> HttpResponse {
        let now = self.clock.now();
        let mut services = match call.service {
            // Nothing to be strict about: the emulator's own service answers.
            Service::Ssm => return forward(&self.secrets, &request).await,
            _ => self.services(),
        };
        respond(match call.service {
            Service::DynamoDb => services.database.answer(call, now),
            Service::EventBridge => services.bus.answer(call, now),
            Service::Scheduler => services.schedules.answer(call, now),
            Service::Ses => services.outbox.answer(call, now),
            Service::Sqs | Service::Ssm => services.queues.answer(call, now),
        })
    }
}

async fn forward(service: &impl MockService, request: &HttpRequest) -> HttpResponse {
    let headers = request.headers().iter();
    let answer = service
        .handle(MockRequest {
            method: request.method().to_owned(),
            uri: request.uri().to_owned(),
            headers: headers
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
                .collect(),
            body: request.body().bytes().unwrap_or_default().to_vec().into(),
        })
        .await;
    let status = answer
        .status
        .try_into()
        .expect("the emulator answers with a status of HTTP");
    HttpResponse::new(status, answer.body.into())
}
