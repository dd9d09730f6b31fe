//! The user's AWS account, by the credentials that every AWS tool finds.

use aws_config::{BehaviorVersion, SdkConfig};

pub(crate) async fn config() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await
}
