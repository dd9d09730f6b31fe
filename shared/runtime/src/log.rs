//! Logs: one line of JSON for each event, on stdout, where Lambda collects them. How a line is to read:
//! `README.md`, beside this crate's manifest.

use std::env;
use std::fmt;
use std::panic;

use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::Clock;

/// Starts the log and the metrics in it, at the level that the function's `LoggingConfig` asks for.
pub fn start_log() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").ok();
    let level = level.and_then(|level| level.parse().ok());
    let level = level.unwrap_or(LevelFilter::INFO);
    let subscriber = subscriber(level, Clock::system(), std::io::stdout);
    // A log that was started before goes on.
    let _: Result<(), _> = tracing::subscriber::set_global_default(subscriber);
    panic::set_hook(Box::new(|info| tell_of(info)));
    if let Ok(stack) = env::var("STACK_NAME") {
        crate::metrics::start(stack);
    }
}

/// Tells the log why a function does not start: Lambda itself says no more than that it ended.
pub fn not_started(why: &(impl fmt::Display + ?Sized)) {
    tracing::error!(error = %why, "function not started");
}

/// What would be plain text on stderr, which Lambda takes for INFO, is an error of the log.
fn tell_of(panic: &impl fmt::Display) {
    tracing::error!(error = %panic, "panicked");
}

/// Lines that read alone: no spans around them. Each has its `timestamp` and its `level`, since Lambda
/// takes what has no valid time stamp for INFO, and a filter for errors would drop our errors.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
fn subscriber<W>(level: LevelFilter, clock: Clock, to: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_timer(Stamp(clock))
        .with_max_level(level)
        .with_writer(to)
        .finish()
}

/// RFC 3339, to the millisecond.
struct Stamp(Clock);

impl FormatTime for Stamp {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        write!(w, "{:.3}", self.0.now())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;

    /// What was printed.
    #[derive(Clone, Default)]
    struct Printed(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Printed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_filter_for_warnings_loses_neither_an_error_nor_a_panic() {
        let printed = Printed::default();
        let to = printed.clone();
        let clock = Clock::new(|| "2027-01-11T10:00:00Z".parse().unwrap());
        let subscriber = subscriber(LevelFilter::WARN, clock, move || to.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("swept");
            tracing::warn!("webhook refused");
            tracing::error!("knock not answered");
            tell_of(&"at src/lib.rs:1: none of these");
        });
        let printed = String::from_utf8(printed.0.lock().unwrap().clone()).unwrap();
        let lines = printed.lines();
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        let lines: Vec<_> = lines
            .map(|line| {
                assert_eq!(line["timestamp"], "2027-01-11T10:00:00.000Z");
                (line["level"].clone(), line["message"].clone())
            })
            .collect();
        let wanted = [
            ("WARN", "webhook refused"),
            ("ERROR", "knock not answered"),
            ("ERROR", "panicked"),
        ];
        assert_eq!(
            lines,
            wanted.map(|(level, message)| (level.into(), message.into()))
        );
    }

    #[test]
    fn a_line_reads_alone_and_lambda_can_read_its_time_and_its_level() {
        let printed = Printed::default();
        let to = printed.clone();
        let clock = Clock::new(|| "2027-01-11T10:00:00.5Z".parse().unwrap());
        let subscriber = subscriber(LevelFilter::INFO, clock, move || to.clone());
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("invocation", request = "r");
            let _inside = span.enter();
            tracing::error!(
                debtor = "stripe#default#live#cus_1",
                error = "no answer",
                "not sent"
            );
            tracing::debug!("too fine");
        });
        let line: Value = serde_json::from_slice(&printed.0.lock().unwrap()).unwrap();
        let wanted = json!({
            "timestamp": "2027-01-11T10:00:00.500Z",
            "level": "ERROR",
            "message": "not sent",
            "debtor": "stripe#default#live#cus_1",
            "error": "no answer",
        });
        assert_eq!(line, wanted);
    }
}
