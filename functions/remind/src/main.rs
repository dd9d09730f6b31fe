//! Wires `remind` to Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use remind::Remind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::start_log();
    let remind = &Remind::from_env().inspect_err(runtime::not_started)?;
    runtime::before_first_event(Box::pin(remind.prepare())).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(remind.handle(event.payload).await)
    }))
    .await
}
