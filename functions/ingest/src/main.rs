//! Wires `ingest` to Lambda.

use ingest::Ingest;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let ingest = &Ingest::from_env()?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(ingest.handle(event.payload).await)
    }))
    .await
}
