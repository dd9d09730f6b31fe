//! The embedded AWS: everything that the functions call, in this process, strict where AWS is strict.
//!
//! The functions get an [`SdkConfig`](Aws::sdk_config) whose HTTP client ends here; nothing else in them is
//! different. What AWS does between the functions it does not do by itself: stream records, messages, schedules and
//! mails can be taken out, and whoever runs the world carries them.
//!
//! Equal calls leave equal traces: ids are counted, times come from the [`Clock`].

mod bus;
mod call;
mod clock;
mod connector;
mod dynamodb;
mod mail;
mod queues;
mod region;
mod scheduler;
pub mod stack;
#[cfg(test)]
mod tests;
mod unreachable;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{AsyncSleep, BehaviorVersion, IdentityCache, Sleep};
use aws_types::SdkConfig;
use aws_types::region::Region as RegionName;
use aws_types::sdk_config::{
    RetryConfig, SharedHttpClient, StalledStreamProtectionConfig, TimeoutConfig,
};
use serde_json::Value;
use winterbaume_ssm::SsmService;

use crate::region::{Region, Services, lock};

pub use bus::BusEvent;
pub use call::{Call, Failure, Fault, Service};
pub use clock::Clock;
pub use dynamodb::StreamRecord;
pub use mail::SentMail;
pub use queues::QueuedMessage;
pub use scheduler::Schedule;

/// The embedded AWS. Cloning it gives another hand on the same one.
#[derive(Clone)]
pub struct Aws(Arc<Region>);

impl Aws {
    /// An account with the stack just deployed: an empty table, no schedules, no verified sender.
    pub fn start(clock: Clock) -> Self {
        let services = Services {
            database: dynamodb::Database::new(),
            bus: bus::Bus::default(),
            schedules: scheduler::Schedules::default(),
            outbox: mail::Outbox::default(),
            queues: queues::Queues::default(),
        };
        Self(Arc::new(Region {
            clock,
            services: Mutex::new(services),
            secrets: SsmService::new(),
            faults: Mutex::default(),
            counts: Mutex::default(),
            bytes: Mutex::default(),
        }))
    }

    /// The configuration for the functions' clients. With `RetryConfig::disabled()` each failure reaches the caller;
    /// with `RetryConfig::standard()` the SDK tries again as in production, without a pause. The SDK's budget of
    /// retries is shared by the whole process, so a test of many failures should go without.
    pub fn sdk_config(&self, retries: RetryConfig) -> SdkConfig {
        self.config(retries, false)
    }

    /// The configuration for whoever only looks on: such calls are not counted, and no fault strikes them.
    pub fn onlookers_config(&self) -> SdkConfig {
        self.config(RetryConfig::disabled(), true)
    }

    fn config(&self, retries: RetryConfig, looks_on: bool) -> SdkConfig {
        let credentials = Credentials::new("AKIDLOCAL", "local", None, None, "local");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(RegionName::from_static(stack::REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .identity_cache(IdentityCache::no_cache())
            .http_client(SharedHttpClient::new(connector::Connector {
                region: Arc::clone(&self.0),
                looks_on,
            }))
            .time_source(self.0.clock.clone())
            .retry_config(retries)
            // Time stands still here: a pause is over at once, and a time-out would be.
            .sleep_impl(NoPause)
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build()
    }

    /// Puts items into the table, as a recovery does.
    pub fn load(&self, items: &[serde_json::Value]) {
        self.0.services().database.load(items);
    }

    /// Whether the table refuses to be deleted.
    pub fn table_is_protected(&self) -> bool {
        self.0.services().database.is_protected
    }

    /// Lets mails leave from a domain or an address.
    pub fn verify_sender(&self, identity: &str) {
        self.0.services().outbox.verify(identity);
    }

    /// Puts an address on the account's suppression list, as SES does after a bounce.
    pub fn suppress(&self, address: &str) {
        self.0
            .services()
            .outbox
            .suppressed
            .insert(address.to_owned());
    }

    /// Whether an address is on the account's suppression list.
    pub fn is_suppressed(&self, address: &str) -> bool {
        self.0.services().outbox.suppressed.contains(address)
    }

    /// How many mails SES takes in 24 hours, and how many a second it says that it takes.
    pub fn set_sending_limits(&self, in_24_hours: usize, a_second: f64) {
        let outbox = &mut self.0.services().outbox;
        (outbox.quota, outbox.rate) = (in_24_hours, a_second);
    }

    /// Asks `faults` before each call what becomes of it, from now on.
    pub fn set_faults(&self, faults: impl Fn(&Call) -> Fault + Send + Sync + 'static) {
        *lock(&self.0.faults) = Some(Arc::new(faults));
    }

    /// Lets every call succeed again.
    pub fn clear_faults(&self) {
        *lock(&self.0.faults) = None;
    }

    /// How often each operation was called since the last [`reset_counts`](Self::reset_counts), each attempt and
    /// each failure counted.
    pub fn counts(&self) -> BTreeMap<(Service, String), u64> {
        lock(&self.0.counts).clone()
    }

    /// How many bytes those calls sent and were answered, bodies alone.
    pub fn bytes(&self) -> u64 {
        *lock(&self.0.bytes)
    }

    /// Counts from zero again.
    pub fn reset_counts(&self) {
        lock(&self.0.counts).clear();
        *lock(&self.0.bytes) = 0;
    }

    /// The table's changes after the one numbered `sequence`, in order; 0 gives all of them.
    pub fn stream_records_after(&self, sequence: u64) -> Vec<StreamRecord> {
        self.0.services().database.stream_after(sequence)
    }

    /// Every item of the table as DynamoDB JSON, by key: for oracles, which must not count as calls.
    pub fn items(&self) -> Vec<Value> {
        self.0.services().database.items()
    }

    /// Whether there is an item of which the partition key, the sort key and, if it has one, the
    /// `next_action_at` say so. Not counted, as [`items`](Self::items) is not.
    pub fn any_key(&self, says_so: impl Fn(&str, &str, Option<&str>) -> bool) -> bool {
        self.0.services().database.any_key(says_so)
    }

    /// The mails that SES accepted, in order.
    pub fn outbox(&self) -> Vec<SentMail> {
        self.outbox_after(0)
    }

    /// The mails that SES accepted after the first `count`, in order.
    pub fn outbox_after(&self, count: usize) -> Vec<SentMail> {
        let services = self.0.services();
        services.outbox.sent.iter().skip(count).cloned().collect()
    }

    /// The events that were put on the bus, in order.
    pub fn bus_events(&self) -> Vec<BusEvent> {
        self.0.services().bus.events.clone()
    }

    /// Takes the messages that were sent and not taken yet, in order.
    pub fn take_messages(&self) -> Vec<QueuedMessage> {
        std::mem::take(&mut self.0.services().queues.waiting)
    }

    /// The registered schedules, by instant.
    pub fn schedules(&self) -> Vec<Schedule> {
        self.0.services().schedules.all()
    }

    /// Takes a schedule to knock with. It is gone afterwards if it deletes itself; `None` if it is gone already.
    pub fn fire(&self, group: &str, name: &str) -> Option<Schedule> {
        self.0.services().schedules.fire(group, name)
    }
}

/// A pause that is over at once: between two attempts of the SDK, and before a call of a billing tool.
#[derive(Debug, Clone, Copy)]
pub struct NoPause;

impl AsyncSleep for NoPause {
    fn sleep(&self, _: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}
