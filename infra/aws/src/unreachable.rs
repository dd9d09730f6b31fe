//! An AWS that is not there: the SDK's own client, in a net in which no host has an address. So callers meet
//! the error that they meet in production, and none that we made up.

use std::io;
use std::sync::LazyLock;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

static CLIENT: LazyLock<Connector> = LazyLock::new(|| {
    // It never comes to a certificate.
    let context = TlsContext::builder().with_trust_store(TrustStore::empty());
    Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context.build().expect("nothing in it can be wrong"))
        .build_with_resolver(NoHost)
});

/// What becomes of a request there.
pub(crate) async fn call(request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    CLIENT.call(request).await
}

#[derive(Clone, Debug)]
struct NoHost;

impl ResolveDns for NoHost {
    fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
        let error = io::Error::from(io::ErrorKind::NotFound);
        DnsFuture::ready(Err(ResolveDnsError::new(error)))
    }
}
