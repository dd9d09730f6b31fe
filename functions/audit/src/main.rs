//! Wires `audit` to Lambda.

use audit::Audit;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let audit = &Audit::from_env()?;
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        Ok::<_, Error>(audit.handle().await?)
    }))
    .await
}
