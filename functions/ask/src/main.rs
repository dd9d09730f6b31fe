//! Wires `ask` to Lambda.

use ask::Ask;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let ask = &Ask::from_env().inspect_err(runtime::not_started)?;
    runtime::before_first_event(Box::pin(ask.prepare())).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = runtime::deadline(event.context.deadline);
        ask.answer(event.payload, deadline).await
    }))
    .await
}
