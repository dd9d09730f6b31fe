//! The user's AWS account, by the credentials that every AWS tool finds.

use aws_config::{BehaviorVersion, SdkConfig};

pub(crate) async fn config() -> SdkConfig {
    let defaults = aws_config::defaults(BehaviorVersion::v2026_01_12());
    defaults.http_client(runtime::https()).load().await
}
