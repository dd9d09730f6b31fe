//! Logs: one line of JSON for each event, on stdout, where Lambda collects them.

use std::env;

use tracing_subscriber::filter::LevelFilter;

/// Starts the log and the metrics in it, at the level that the function's `LoggingConfig` asks for. Lambda stamps the time.
pub fn start_log() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").ok();
    let level = level.and_then(|level| level.parse().ok());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .without_time()
        .with_target(false)
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .init();
    if let Ok(stack) = env::var("STACK_NAME") {
        crate::metrics::start(stack);
    }
}
