//! One request to AWS, the answer to it, and what may go wrong in between.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// The AWS services that Relance calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The debtors' files.
    DynamoDb,
    /// What the user's own automation hears.
    EventBridge,
    /// The reminder dates.
    Scheduler,
    /// The mails.
    Ses,
    /// The knocks.
    Sqs,
    /// The secrets.
    Ssm,
}

/// One attempt of the SDK to call AWS.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who is called.
    pub service: Service,
    /// What is asked, by AWS's name: `TransactWriteItems`, `SendEmail`.
    pub operation: String,
    /// The request's members by their names, those of the path and the query included.
    pub input: Value,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// AWS answers as it should.
    #[default]
    None,
    /// Refused by the service's rate limit, before it took effect.
    Throttled,
    /// Refused because of another transaction on the same item. Only DynamoDB knows it; the others throttle.
    Conflict,
    /// No connection is made, and the caller can tell: nothing has left.
    Unreachable,
    /// Fails before it took effect.
    Before(Failure),
    /// Takes effect, and the answer is lost.
    After(Failure),
}

/// How a call fails, seen by a caller who cannot tell whether it took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// HTTP 500.
    ServerError,
    /// No answer within the time-out.
    Timeout,
    /// The connection breaks.
    ConnectionReset,
}

/// A refusal by the service: what the SDK turns into a typed error.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    body: Value,
}

/// A service's answer.
pub(super) type Answer = Result<Value, Refusal>;

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let body = json!({ "__type": code, "message": message.into() });
        Self { status, code, body }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// The same with another member beside the message.
    pub(super) fn with(mut self, member: &str, value: Value) -> Self {
        self.body[member] = value;
        self
    }

    pub(super) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }
}

/// The member of a request that must be there and be text.
pub(super) fn text<'a>(input: &'a Value, member: &str) -> Result<&'a str, Refusal> {
    input[member]
        .as_str()
        .ok_or_else(|| Refusal::invalid(format!("Missing required member {member}")))
}

/// How HTTP carries an answer.
pub(super) fn respond(answer: Answer) -> HttpResponse {
    let (status, code, body) = match answer {
        Ok(body) => (200, None, body),
        Err(refusal) => (refusal.status, Some(refusal.code), refusal.body),
    };
    let status =
        StatusCode::try_from(status).expect("statuses are constants of this module's callers");
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    response
        .headers_mut()
        .insert("content-type", "application/json");
    if let Some(code) = code {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

impl Call {
    pub(super) fn read(request: &HttpRequest) -> Result<Self, ConnectorError> {
        let refuse = |what: &str| {
            ConnectorError::user(format!("{what}: {} {}", request.method(), request.uri()).into())
        };
        let body = request.body().bytes().unwrap_or_default();
        let mut input = if body.is_empty() {
            json!({})
        } else {
            serde_json::from_slice(body).map_err(|_| refuse("the body is not JSON"))?
        };
        let service =
            signed_for(request).ok_or_else(|| refuse("no service of the embedded AWS"))?;
        let operation = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
            None => rest_operation(request, &mut input),
        };
        Ok(Self {
            service,
            operation,
            input,
        })
    }
}

/// Each request says in its signature for which service it is meant, whatever the endpoint.
fn signed_for(request: &HttpRequest) -> Option<Service> {
    let credential = request
        .headers()
        .get("authorization")?
        .split("Credential=")
        .nth(1)?;
    match credential.split('/').nth(3)? {
        "dynamodb" => Some(Service::DynamoDb),
        "events" => Some(Service::EventBridge),
        "scheduler" => Some(Service::Scheduler),
        "ses" => Some(Service::Ses),
        "sqs" => Some(Service::Sqs),
        "ssm" => Some(Service::Ssm),
        _ => None,
    }
}

/// Scheduler and SES say by method and path what they are asked; the members of both join the body's.
fn rest_operation(request: &HttpRequest, input: &mut Value) -> String {
    let target = request
        .uri()
        .split_once("://")
        .map_or(request.uri(), |(_, rest)| rest);
    let target = target.split_once('/').map_or("", |(_, path)| path);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    for (member, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let (first, rest) = member.split_at(usize::from(!member.is_empty()));
        input[first.to_ascii_uppercase() + rest] = value.into();
    }
    let named = match (
        request.method(),
        path.split('/').collect::<Vec<_>>().as_slice(),
    ) {
        ("POST", ["v2", "email", "outbound-emails"]) => "SendEmail",
        ("GET", ["v2", "email", "account"]) => "GetAccount",
        ("DELETE", ["v2", "email", "suppression", "addresses", address]) => {
            input["EmailAddress"] = address.replace("%40", "@").replace("%2B", "+").into();
            "DeleteSuppressedDestination"
        }
        ("GET", ["schedules"]) => "ListSchedules",
        (method, ["schedules", name]) => {
            input["Name"] = (*name).into();
            match method {
                "POST" => "CreateSchedule",
                "PUT" => "UpdateSchedule",
                "DELETE" => "DeleteSchedule",
                _ => "GetSchedule",
            }
        }
        _ => return format!("{} /{path}", request.method()),
    };
    named.to_owned()
}

impl Failure {
    /// What the SDK gets to see.
    pub(super) fn seen_by(self, service: Service) -> Result<HttpResponse, ConnectorError> {
        match self {
            Self::ServerError => Ok(respond(Err(server_error(service)))),
            Self::Timeout => Err(ConnectorError::timeout("the world lost the answer".into())),
            Self::ConnectionReset => {
                Err(ConnectorError::io("connection reset by the world".into()))
            }
        }
    }
}

fn server_error(service: Service) -> Refusal {
    let code = match service {
        Service::DynamoDb | Service::Ssm => "InternalServerError",
        Service::EventBridge => "InternalException",
        Service::Scheduler => "InternalServerException",
        Service::Ses => "InternalServiceErrorException",
        Service::Sqs => "InternalError",
    };
    Refusal::new(
        500,
        code,
        "The request processing has failed because of an unknown error",
    )
}

pub(super) fn throttled(service: Service) -> Refusal {
    let (status, code) = match service {
        Service::DynamoDb | Service::EventBridge | Service::Ssm => (400, "ThrottlingException"),
        Service::Scheduler => (429, "ThrottlingException"),
        Service::Ses => (429, "TooManyRequestsException"),
        Service::Sqs => (400, "RequestThrottled"),
    };
    Refusal::new(status, code, "Rate exceeded")
}

/// A transaction of which nothing was written, with each action's reason.
pub(super) fn cancelled(reasons: &[Value]) -> Refusal {
    let codes: Vec<&str> = reasons
        .iter()
        .filter_map(|reason| reason["Code"].as_str())
        .collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    // This error alone writes its message with a capital.
    Refusal::new(400, "TransactionCanceledException", message.as_str())
        .with("Message", message.into())
        .with("CancellationReasons", reasons.into())
}

/// Another transaction holds the items.
pub(super) fn conflict(call: &Call) -> Refusal {
    let message = "Transaction is ongoing for the item";
    match (call.service, call.input["TransactItems"].as_array()) {
        (Service::DynamoDb, Some(actions)) => {
            let reason = json!({ "Code": "TransactionConflict", "Message": message });
            cancelled(&vec![reason; actions.len()])
        }
        (Service::DynamoDb, None) => Refusal::new(400, "TransactionConflictException", message),
        (service, _) => throttled(service),
    }
}
