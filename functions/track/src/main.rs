//! Wires `track` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use track::Track;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let track = &Track::from_env().inspect_err(runtime::not_started)?;
    runtime::before_first_event(Box::pin(track.prepare())).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(track.handle(event.payload).await)
    }))
    .await
}
