//! Wires `schedule` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use schedule::Mirror;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let mirror = &Mirror::from_env().inspect_err(runtime::not_started)?;
    runtime::before_first_event(Box::pin(mirror.prepare())).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        let deadline = runtime::deadline(event.context.deadline);
        Ok::<_, Error>(mirror.handle(event.payload, deadline).await)
    }))
    .await
}
