//! Wires `sweep` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use sweep::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let sweep = &Sweep::from_env()?;
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        Ok::<_, Error>(sweep.handle().await?)
    }))
    .await
}
