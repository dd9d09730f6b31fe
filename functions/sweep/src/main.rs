//! Wires `sweep` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use sweep::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let sweep = &Sweep::from_env().inspect_err(runtime::not_started)?;
    runtime::before_first_event(Box::pin(sweep.prepare())).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = runtime::deadline(event.context.deadline);
        Ok::<_, Error>(sweep.handle(deadline).await?)
    }))
    .await
}
