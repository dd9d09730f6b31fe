//! The AWS configuration, from Lambda's environment.

use std::env;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::TimeoutConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::settings::{SettingsError, setting};

/// Reads region, credentials and endpoints from the variables that Lambda sets. Credentials of a
/// function live as long as its environment, so they are read once.
pub fn sdk_config() -> Result<SdkConfig, SettingsError> {
    let credentials = Credentials::new(
        setting::<String>("AWS_ACCESS_KEY_ID")?,
        setting::<String>("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "Lambda's environment",
    );
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(setting::<String>("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(quick_timeouts())
        .http_client(Https::new(PERHAPS_ALIVE))
        .service_config(Endpoints)
        .build())
}

/// For calls that answer in milliseconds or not at all: an attempt that hangs is given up while
/// the function still has time for another. To connect takes TLS's handshake too, which has taken most of a second
/// at 128 MB's share of a core.
fn quick_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

/// The same configuration for a call that is made once and is worth waiting for: what SES has not
/// answered by then may still have been sent. A connection that nobody used for a while is not taken for it: while a
/// function sleeps between two events, connections die unseen, and whether one carried the mail nobody could tell.
pub fn patient(config: &SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(15))
        .operation_timeout(Duration::from_secs(15))
        .build();
    config
        .to_builder()
        .timeout_config(timeouts)
        .http_client(Https::new(SURELY_ALIVE))
        .build()
}

/// For calls that the SDK repeats when their connection has died.
const PERHAPS_ALIVE: Duration = Duration::from_secs(90);
/// For how long a connection is taken for a mail after its last use: AWS's hosts keep one for longer.
pub const SURELY_ALIVE: Duration = Duration::from_secs(3);

/// One HTTPS client for all services, which reads the machine's trusted roots with the first call.
/// The SDK's own would read them for each service at the start, and once more with the first call.
#[derive(Debug)]
struct Https(SharedHttpClient);

impl Https {
    /// Keeps connections for that long after their last use.
    fn new(keeps: Duration) -> Self {
        let rustls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        let client = Builder::new().pool_idle_timeout(keeps);
        Self(client.tls_provider(rustls).build_https())
    }
}

/// The client for whoever is configured otherwise: on a person's machine.
pub fn https() -> SharedHttpClient {
    SharedHttpClient::new(Https::new(PERHAPS_ALIVE))
}

/// A way to whomever is not AWS, over HTTPS: with so much time for a connection, and for the beginning of an answer. The
/// machine's trusted roots are read with the first call.
pub fn connector(connect: Duration, read: Duration) -> SharedHttpConnector {
    SharedHttpConnector::new(FirstCall(LazyLock::new(Box::new(move || {
        secure(connect, read)
    }))))
}

/// Made with the first call.
struct FirstCall(LazyLock<Connector, Box<dyn FnOnce() -> Connector + Send>>);

impl fmt::Debug for FirstCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstCall")
    }
}

impl HttpConnector for FirstCall {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.call(request)
    }
}

fn secure(connect: Duration, read: Duration) -> Connector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(connect)
        .read_timeout(read)
        .build();
    let rustls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    Connector::builder()
        .connector_settings(settings)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .pool_idle_timeout(PERHAPS_ALIVE)
        .tls_provider(rustls)
        .build()
}

impl HttpClient for Https {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }

    // Not `validate_base_client_config`: that is where the roots would be read too early.
}

/// `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL`, as every AWS tool reads them.
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        if key.env() != "AWS_ENDPOINT_URL" {
            return None;
        }
        let service = key.service_id().replace(' ', "_").to_ascii_uppercase();
        env::var(format!("AWS_ENDPOINT_URL_{service}"))
            .or_else(|_| env::var("AWS_ENDPOINT_URL"))
            .ok()
    }
}
