//! Wires `ingest` to Lambda.

use ingest::Ingest;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let ingest = &Ingest::from_env().inspect_err(runtime::not_started)?;
    runtime::before_first_event(Box::pin(ingest.prepare())).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Error>(ingest.invoke(&event.payload).await?)
    }))
    .await
}
