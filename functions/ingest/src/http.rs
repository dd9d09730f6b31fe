//! The HTTP request, how it proves itself, and the answer.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use dunning::limits::WEBHOOK_BODY;
use dunning::value::SourceName;
use sources::{Distrust, Request, Secrets, Tool, Verified};

use crate::rejection::{Fault, Rejection};
use crate::take::WayIn;
use crate::taken::Taken;
use crate::wiring::Ingest;

/// The body of a delivery that is verified and changes nothing, by which `relance doctor` asks whether what is signed
/// comes in. It is among what is signed, so nobody can make one of another delivery.
pub const PROBE: &[u8] = br#"{"relance":"probe"}"#;

/// A webhook's raw bytes, with the headers that may sign them.
struct Webhook {
    body: Vec<u8>,
    request: ApiGatewayV2httpRequest,
}

impl Webhook {
    /// The bytes as they were sent: API Gateway may have wrapped them in base64.
    fn read(mut request: ApiGatewayV2httpRequest) -> Result<Self, Rejection> {
        let body = request.body.take().unwrap_or_default();
        if body.len() > WEBHOOK_BODY * 4 / 3 + 4 {
            return Err(Rejection::TooLarge);
        }
        let body = if request.is_base64_encoded {
            BASE64_STANDARD
                .decode(body)
                .map_err(|_| Rejection::NotBase64)?
        } else {
            body.into_bytes()
        };
        if body.len() > WEBHOOK_BODY {
            return Err(Rejection::TooLarge);
        }
        Ok(Self { body, request })
    }

    /// Names and values; a value that is not text signs nothing.
    fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.request.headers.iter();
        let text = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        text.collect()
    }

    /// The address's parameters.
    fn query(&self) -> Vec<(&str, &str)> {
        self.request.query_string_parameters.iter().collect()
    }
}

impl Ingest {
    /// Answers one request. Never fails: a failure is an answer, too.
    pub async fn handle(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        let source = request
            .path_parameters
            .get("source")
            .cloned()
            .unwrap_or_default();
        let body = request.body.as_deref();
        let is_probe = body.is_some_and(|body| body.as_bytes() == PROBE);
        // Boxed: the way in is long, and 17 KB of it need not lie on the stack.
        let received = Box::pin(self.receive(&source, request)).await;
        if is_probe {
            self.settle_probe(&source, &received);
        } else {
            self.settle(&source, &received).await;
        }
        match received {
            Ok(taken) => {
                let result = taken.as_str();
                tracing::info!(source, result, "webhook taken in");
                answer(200, result)
            }
            Err(rejection) => {
                let error = rejection.to_string();
                let (status, text) = match rejection.fault() {
                    // What is ours to put right is not the sender's to read.
                    Fault::Ours => (self.status_of_again(&source), "try again later"),
                    // Neither is, for a stranger, what would have to be mended.
                    Fault::Theirs(401) => (401, "not trusted"),
                    Fault::Theirs(status) => (status, error.as_str()),
                };
                tracing::warn!(source, status, error, "webhook refused");
                answer(status, text)
            }
        }
    }

    fn status_of_again(&self, source: &str) -> u16 {
        let name = SourceName::parse(source).ok();
        let tool = name.and_then(|name| self.tools.get(&name));
        tool.map_or(503, Tool::status_of_again)
    }

    async fn receive(
        &self,
        name: &str,
        request: ApiGatewayV2httpRequest,
    ) -> Result<Taken, Rejection> {
        let name = SourceName::parse(name).map_err(|_| Rejection::UnknownSource)?;
        let way_in = self.way_in(&name)?;
        let webhook = Webhook::read(request)?;
        let (headers, query) = (webhook.headers(), webhook.query());
        let request = Request {
            headers: &headers,
            query: &query,
            body: &webhook.body,
        };
        let verified = self.verify(&way_in, request).await?;
        // Whoever asks is not the tool, so the source is not heard by it.
        if verified.body() == PROBE {
            return Ok(Taken::Probe);
        }
        way_in.take(verified).await
    }

    /// The way in for a source that the policy knows.
    pub(crate) fn way_in<'a>(&'a self, name: &'a SourceName) -> Result<WayIn<'a>, Rejection> {
        let settings = self.policy.sources.get(name);
        let settings = settings.ok_or(Rejection::UnknownSource)?;
        let tool = self.tools.get(name).ok_or(Rejection::UnknownTool)?;
        Ok(WayIn {
            ingest: self,
            name,
            tool,
            settings,
        })
    }

    /// Where there is no usable secret, a stranger's junk is a stranger's junk all the same.
    async fn verify<'w>(
        &self,
        way_in: &WayIn<'_>,
        request: Request<'w>,
    ) -> Result<Verified<'w>, Rejection> {
        let verdict = self.verify_by_secrets(way_in, request).await;
        if verdict.as_ref().is_err_and(Rejection::is_ours)
            && let Err(Distrust::Signature(why)) =
                way_in.tool.has_the_form(request, self.wall_clock.now())
        {
            return Err(why.into());
        }
        verdict
    }

    async fn verify_by_secrets<'w>(
        &self,
        way_in: &WayIn<'_>,
        request: Request<'w>,
    ) -> Result<Verified<'w>, Rejection> {
        let WayIn {
            name,
            tool,
            settings,
            ..
        } = way_in;
        let now = self.wall_clock.now();
        let check = |secret: &str| {
            let secrets = Secrets::parse(secret).map_err(|_| Rejection::NoSecret)?;
            let verdict = tool.verify(request, &secrets, settings, now);
            verdict.map_err(|distrust| match distrust {
                Distrust::Signature(why) => Rejection::Signature(why),
                Distrust::Misconfigured(why) => Rejection::Misconfigured(why),
            })
        };
        let verdict = check(&self.secrets.get(name).await?);
        if let Err(Rejection::Signature(why)) = &verdict
            && why.may_be_a_newer_secret()
            && let Some(newer) = self.secrets.changed(name).await?
        {
            return check(&newer);
        }
        verdict
    }
}

fn answer(status: u16, text: &str) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response.body = Some(Body::Text(format!("{text}\n")));
    response
}
