//! One request, and its answer.

use std::fmt;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use dunning::value::Link;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::{SignedDuration, Timestamp};
use runtime::Clock;
use sources::ask::{Answer, AskRequest, Method};
use tokio::time::timeout;

/// What carries requests. It follows no redirect: the key would go along.
#[derive(Clone)]
pub struct Http {
    connector: SharedHttpConnector,
    sleep: SharedAsyncSleep,
    clock: Clock,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// The way to any tool.
pub fn https() -> SharedHttpConnector {
    runtime::connector(CONNECT, READ)
}

/// How long a connection may take, with TLS's handshake at a small function's share of a core.
const CONNECT: Duration = Duration::from_secs(3);
/// How often what stands behind a link may lead on.
const MOST_REDIRECTS: usize = 3;
/// How long all of it may take.
const LONGEST: Duration = Duration::from_secs(10);
/// How long an answer may take to begin.
const READ: Duration = Duration::from_secs(8);

/// What came back, not trusted yet.
pub struct Came {
    /// Its status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// When the request left, by our clock.
    pub asked_at: Timestamp,
    /// From then until all of it was here.
    pub took: SignedDuration,
}

impl Came {
    /// As it is read.
    pub fn answer(&self) -> Answer<'_> {
        Answer {
            status: self.status,
            headers: &self.headers,
            body: &self.body,
            asked_at: self.asked_at,
            took: self.took,
        }
    }
}

/// Nothing came back, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody took the request, or not all of the answer was here in time.
    #[error("the tool could not be reached, or did not answer in time")]
    NotReached,
    /// More came than is read.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl Http {
    /// By a connector, with the clock by which its answers are dated, and how a call waits for its place.
    pub fn new(connector: SharedHttpConnector, sleep: SharedAsyncSleep, clock: Clock) -> Self {
        Self {
            connector,
            sleep,
            clock,
        }
    }

    /// Over HTTPS, as whoever asks a tool in earnest.
    pub fn system() -> Self {
        Self::new(
            https(),
            SharedAsyncSleep::new(TokioSleep::new()),
            Clock::system(),
        )
    }

    /// By which its answers are dated.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Waits until then.
    pub(crate) async fn wait_until(&self, at: Timestamp) {
        let wait = at.duration_since(self.clock.now());
        if let Ok(wait) = Duration::try_from(wait)
            && !wait.is_zero()
        {
            self.sleep.sleep(wait).await;
        }
    }

    /// Sends a request. All of the answer must be here in time, however slowly it drips.
    pub async fn send(&self, request: &AskRequest, most: usize) -> Result<Came, NoAnswer> {
        match timeout(LONGEST, self.send_once(request, most)).await {
            Ok(came) => came,
            Err(_) => Err(NoAnswer::NotReached),
        }
    }

    /// Fetches what stands behind a link, which is nobody's secret to keep: no key goes along, so that it may lead on to
    /// another place, as long as that is one for HTTPS, too.
    pub(crate) async fn fetch(&self, link: &Link, most: usize) -> Result<Vec<u8>, NoAnswer> {
        let mut link = link.clone();
        for _ in 0..=MOST_REDIRECTS {
            let request = AskRequest {
                method: Method::Get,
                url: link.as_str().to_owned(),
                headers: Vec::new(),
                body: None,
            };
            let came = self.send(&request, most).await?;
            match came.status {
                200 => return Ok(came.body),
                301 | 302 | 303 | 307 | 308 => {
                    let location = came.headers.iter();
                    let location = location
                        .filter(|(name, _)| name.eq_ignore_ascii_case("location"))
                        .find_map(|(_, value)| Link::parse(value).ok());
                    link = location.ok_or(NoAnswer::NotReached)?;
                }
                _ => return Err(NoAnswer::NotReached),
            }
        }
        Err(NoAnswer::NotReached)
    }

    async fn send_once(&self, request: &AskRequest, most: usize) -> Result<Came, NoAnswer> {
        let asked_at = self.clock.now();
        let sent = prepared(request).ok_or(NoAnswer::NotReached)?;
        let answer = self.connector.call(sent).await.map_err(|error| {
            // Its words may hold the address.
            tracing::debug!(error = kind(&error), "the tool was not reached");
            NoAnswer::NotReached
        })?;
        let status = answer.status().as_u16();
        let headers = headers(&answer);
        let body = Limited::new(answer.into_body(), most).collect().await;
        let body = body.map_err(|why| {
            if why.is::<LengthLimitError>() {
                NoAnswer::TooLarge(most)
            } else {
                NoAnswer::NotReached
            }
        })?;
        let body = body.to_bytes().to_vec();
        let took = self.clock.now().duration_since(asked_at);
        Ok(Came {
            status,
            headers,
            body,
            asked_at,
            took,
        })
    }
}

fn kind(error: &aws_smithy_runtime_api::client::result::ConnectorError) -> &'static str {
    if error.is_timeout() {
        "it timed out"
    } else if error.is_io() {
        "the connection broke"
    } else {
        "no connection could be made"
    }
}

/// Nothing for what is no request: the manifest was checked, and its values are escaped.
fn prepared(request: &AskRequest) -> Option<HttpRequest> {
    let body = request
        .body
        .clone()
        .map_or_else(SdkBody::empty, SdkBody::from);
    let mut prepared = HttpRequest::new(body);
    prepared.set_method(request.method.as_str()).ok()?;
    prepared.set_uri(request.url.as_str()).ok()?;
    for (name, value) in &request.headers {
        prepared
            .headers_mut()
            .try_insert(name.to_ascii_lowercase(), value.clone())
            .ok()?;
    }
    Some(prepared)
}

fn headers(answer: &HttpResponse) -> Vec<(String, String)> {
    let headers = answer.headers().iter();
    headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
