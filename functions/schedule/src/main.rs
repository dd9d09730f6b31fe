//! Wires `schedule` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use schedule::Mirror;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let mirror = &Mirror::from_env()?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(mirror.handle(event.payload).await)
    }))
    .await
}
