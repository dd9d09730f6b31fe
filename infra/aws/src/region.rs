//! One region of one account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use winterbaume_ssm::SsmService;

use crate::call::{Call, Fault, Service};
use crate::clock::Clock;
use crate::{bus, dynamodb, mail, queues, scheduler};

/// Decides what becomes of each call.
pub(crate) type Faults = Arc<dyn Fn(&Call) -> Fault + Send + Sync>;

/// One region of one account, with the stack's resources in it.
pub(crate) struct Region {
    pub(crate) clock: Clock,
    pub(crate) services: Mutex<Services>,
    pub(crate) secrets: SsmService,
    pub(crate) faults: Mutex<Option<Faults>>,
    pub(crate) counts: Mutex<BTreeMap<(Service, String), u64>>,
    /// Of requests and answers.
    pub(crate) bytes: Mutex<u64>,
}

pub(crate) struct Services {
    pub(crate) database: dynamodb::Database,
    pub(crate) bus: bus::Bus,
    pub(crate) schedules: scheduler::Schedules,
    pub(crate) outbox: mail::Outbox,
    pub(crate) queues: queues::Queues,
}

impl Region {
    pub(crate) fn services(&self) -> MutexGuard<'_, Services> {
        lock(&self.services)
    }

    pub(crate) fn fault(&self, call: &Call) -> Fault {
        let faults = lock(&self.faults).clone();
        faults.map_or(Fault::None, |faults| faults(call))
    }

    pub(crate) fn count(&self, call: &Call) {
        *lock(&self.counts)
            .entry((call.service, call.operation.clone()))
            .or_default() += 1;
    }
}

/// How long a body is.
pub(crate) fn length(body: Option<&[u8]>) -> u64 {
    body.map_or(0, |body| body.len() as u64)
}

/// A test that panicked while it held a lock has said all there is to say.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
