//! The HTTP request, and the answer.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::Refusal;

/// The largest body that is taken: no billing tool sends more.
const LARGEST_BODY: usize = 1024 * 1024;

/// A webhook's raw bytes, with the headers that may sign them.
pub(crate) struct Webhook {
    pub(crate) body: Vec<u8>,
    request: ApiGatewayV2httpRequest,
}

impl Webhook {
    /// The bytes as they were sent: API Gateway may have wrapped them in base64.
    pub(crate) fn read(mut request: ApiGatewayV2httpRequest) -> Result<Self, Refusal> {
        let body = request.body.take().unwrap_or_default();
        if body.len() > LARGEST_BODY * 4 / 3 + 4 {
            return Err(Refusal::TooLarge);
        }
        let body = if request.is_base64_encoded {
            BASE64_STANDARD
                .decode(body)
                .map_err(|_| Refusal::NotBase64)?
        } else {
            body.into_bytes()
        };
        if body.len() > LARGEST_BODY {
            return Err(Refusal::TooLarge);
        }
        Ok(Self { body, request })
    }

    /// Names and values; a value that is not text signs nothing.
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.request.headers.iter();
        let text = headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        text.collect()
    }

    /// The address's parameters.
    pub(crate) fn query(&self) -> Vec<(&str, &str)> {
        self.request.query_string_parameters.iter().collect()
    }
}

pub(crate) fn answer(status: u16, text: &str) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status);
    response.body = Some(Body::Text(format!("{text}\n")));
    response
}
