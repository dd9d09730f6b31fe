//! SES's own list of addresses that bounced: whoever is on it gets nothing, whatever we hold.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_types::SdkConfig;
use dunning::value::EmailAddress;

/// What became of an address on the account's suppression list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifted {
    /// It was on it, and is no more.
    Lifted,
    /// It was not on it.
    WasNotThere,
    /// SES did not do it: its error code.
    Refused(String),
}

/// Takes an address off the account's suppression list, after a person has said that it is right.
pub async fn lift_suppression(aws: &SdkConfig, address: &EmailAddress) -> Lifted {
    let request = Client::new(aws).delete_suppressed_destination();
    match request.email_address(address.as_str()).send().await {
        Ok(_) => Lifted::Lifted,
        Err(error) => match error.code() {
            Some("NotFoundException") => Lifted::WasNotThere,
            code => Lifted::Refused(code.unwrap_or("no answer").to_owned()),
        },
    }
}
