//! A request that is not one to AWS's API: to the stack's own door, and for what a layer holds.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

/// Whoever has not answered by then is out of order.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

pub(crate) async fn get(url: &str) -> Result<Answer, String> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).map_err(|why| why.to_string())?;
    send(request).await
}

pub(crate) async fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: &'static [u8],
) -> Result<Answer, String> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").map_err(|why| why.to_string())?;
    request.set_uri(url).map_err(|why| why.to_string())?;
    for (name, value) in headers {
        let (name, value) = ((*name).to_owned(), (*value).to_owned());
        let added = request.headers_mut().try_append(name, value);
        added.map_err(|why| why.to_string())?;
    }
    send(request).await
}

async fn send(request: HttpRequest) -> Result<Answer, String> {
    let connector = runtime::connector(PATIENCE, PATIENCE);
    let response = connector.call(request).await;
    let response = response.map_err(|why| crate::aws::chain(&why))?;
    let status = response.status().as_u16();
    let body = ByteStream::new(response.into_body()).collect().await;
    let body = body.map_err(|why| crate::aws::chain(&why))?;
    Ok(Answer {
        status,
        body: body.into_bytes().to_vec(),
    })
}
