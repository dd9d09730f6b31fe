//! What is done before the first event.

use std::time::Duration;

use tokio::time::timeout;

/// An event may be waiting: whoever does not answer by then is asked when it is needed.
const LONGEST: Duration = Duration::from_secs(2);

/// Does ahead what the first event would otherwise wait for. Until a function asks for its first event it has a whole
/// core, and from then on its memory's share of one: at 128 MB a TLS handshake takes fourteen times as long.
/// What fails here is done again when it is needed, and says then what is wrong.
pub async fn before_first_event(preparation: impl Future<Output = ()>) {
    if timeout(LONGEST, preparation).await.is_err() {
        tracing::warn!(within = ?LONGEST, "AWS did not answer after the start");
    }
}
