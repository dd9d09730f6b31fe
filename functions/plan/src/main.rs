//! Wires `plan` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use plan::Plan;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let plan = &Plan::from_env()?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(plan.handle(event.payload).await)
    }))
    .await
}
