use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;

use super::*;
use crate::{Failure, Fault, Service};

async fn put_once(aws: &Aws, retries: RetryConfig) -> Result<(), SdkError<PutItemError>> {
    let database = aws_sdk_dynamodb::Client::new(&aws.sdk_config(retries));
    let put = database
        .put_item()
        .table_name(stack::TABLE)
        .set_item(Some(item("a", "b", 10)));
    put.condition_expression("attribute_not_exists(PK)")
        .send()
        .await
        .map(drop)
}

#[tokio::test]
async fn a_fault_before_the_effect_leaves_nothing_behind_and_one_after_it_does() {
    for (fault, stored) in [
        (Fault::Unreachable, 0),
        (Fault::Before(Failure::ServerError), 0),
        (Fault::Before(Failure::Timeout), 0),
        (Fault::After(Failure::ServerError), 1),
        (Fault::After(Failure::Timeout), 1),
        (Fault::After(Failure::ConnectionReset), 1),
    ] {
        let aws = started();
        aws.set_faults(move |_| fault);
        put_once(&aws, RetryConfig::disabled())
            .await
            .expect_err("the answer is a failure either way");
        assert_eq!(aws.items().len(), stored, "{fault:?}");
    }
}

#[tokio::test]
async fn the_sdk_sees_each_failure_as_what_it_is() {
    let aws = started();
    let mut seen = Vec::new();
    for failure in [
        Failure::ServerError,
        Failure::Timeout,
        Failure::ConnectionReset,
    ] {
        aws.set_faults(move |_| Fault::Before(failure));
        seen.push(
            put_once(&aws, RetryConfig::disabled())
                .await
                .expect_err("a failure"),
        );
    }
    assert!(
        matches!(&seen[0], SdkError::ServiceError(error) if error.err().is_internal_server_error())
    );
    assert!(matches!(&seen[1], SdkError::DispatchFailure(error) if error.is_timeout()));
    assert!(matches!(&seen[2], SdkError::DispatchFailure(error) if error.is_io()));
}

#[tokio::test]
async fn an_aws_that_is_not_there_is_an_error_of_the_sdks_own_client() {
    let aws = started();
    aws.set_faults(|_| Fault::Unreachable);
    let error = put_once(&aws, RetryConfig::disabled())
        .await
        .expect_err("nobody is there");
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()));
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    let mut causes = Vec::new();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    assert!(
        causes.contains(&"client error (Connect)".to_owned()),
        "{causes:?}"
    );
}

#[tokio::test]
async fn each_service_throttles_in_its_own_words() {
    let aws = started();
    aws.set_faults(|_| Fault::Throttled);
    let put = put_once(&aws, RetryConfig::disabled())
        .await
        .expect_err("throttled")
        .into_service_error();
    assert!(
        matches!(put, PutItemError::ThrottlingException(_)),
        "{put:?}"
    );
    let ses = aws_sdk_sesv2::Client::new(&config(&aws)).send_email();
    let content = aws_sdk_sesv2::types::EmailContent::builder().build();
    assert_eq!(
        refusal(ses.content(content).send().await).0,
        "TooManyRequestsException"
    );
    let get = aws_sdk_scheduler::Client::new(&config(&aws))
        .get_schedule()
        .name("x")
        .send()
        .await;
    assert_eq!(refusal(get).0, "ThrottlingException");
    let ssm = aws_sdk_ssm::Client::new(&config(&aws))
        .get_parameter()
        .name("x")
        .send()
        .await;
    assert_eq!(
        ssm.expect_err("throttled").code(),
        Some("ThrottlingException")
    );
}

#[tokio::test]
async fn a_transaction_in_conflict_is_cancelled_with_the_reason() {
    let aws = started();
    aws.set_faults(|_| Fault::Conflict);
    let put = aws_sdk_dynamodb::types::Put::builder()
        .table_name(stack::TABLE)
        .set_item(Some(item("a", "b", 1)));
    let action = aws_sdk_dynamodb::types::TransactWriteItem::builder()
        .put(put.build().expect("all is set"))
        .build();
    let error = database(&aws)
        .transact_write_items()
        .transact_items(action)
        .send()
        .await
        .expect_err("a conflict");
    let error = error.into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        cancelled.cancellation_reasons()[0].code(),
        Some("TransactionConflict")
    );
}

#[tokio::test]
async fn faults_can_be_aimed_and_the_sdk_tries_again_without_a_pause() {
    let aws = started();
    let attempts = AtomicU32::new(0);
    aws.set_faults(move |call| {
        let first = call.operation == "PutItem" && attempts.fetch_add(1, Ordering::Relaxed) == 0;
        if first { Fault::Throttled } else { Fault::None }
    });
    put_once(&aws, RetryConfig::standard())
        .await
        .expect("the second attempt passes");
    assert_eq!(aws.counts()[&(Service::DynamoDb, "PutItem".to_owned())], 2);
    aws.reset_counts();
    assert!(aws.counts().is_empty());
    aws.clear_faults();
}

#[tokio::test]
async fn a_caller_who_dies_waiting_has_called_or_not_but_never_by_half() {
    let mut stored = Vec::new();
    for polls in 1..=4 {
        let aws = started();
        let mut call = Box::pin(put_once(&aws, RetryConfig::disabled()));
        let mut left = polls;
        std::future::poll_fn(|context| {
            left -= 1;
            let over = call.as_mut().poll(context).is_ready() || left == 0;
            if over {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        drop(call);
        stored.push(aws.items().len());
    }
    assert_eq!(stored, [0, 1, 1, 1]);
}

#[tokio::test]
async fn secrets_are_kept() {
    let aws = started();
    let ssm = aws_sdk_ssm::Client::new(&config(&aws));
    let name = format!("{}/stripe", stack::SECRET_PREFIX);
    let secure = aws_sdk_ssm::types::ParameterType::SecureString;
    ssm.put_parameter()
        .name(&name)
        .value("whsec_x")
        .r#type(secure)
        .send()
        .await
        .expect("a good secret");
    let got = ssm
        .get_parameter()
        .name(&name)
        .with_decryption(true)
        .send()
        .await
        .expect("it is there");
    assert_eq!(
        got.parameter().and_then(|parameter| parameter.value()),
        Some("whsec_x")
    );
    let absent = ssm
        .get_parameter()
        .name("/relance/local/webhooks/other")
        .send()
        .await;
    assert_eq!(
        absent.expect_err("nobody put it").code(),
        Some("ParameterNotFound")
    );
}
