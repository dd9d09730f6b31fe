//! The functions, wired as their `main.rs` does it, but to the embedded AWS.

use std::path::PathBuf;
use std::sync::Arc;

use ask::{Ask, ErrandQueue};
use asking::{Asker, Http};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_types::SdkConfig;
use dunning::policy::Policy;
use ingest::{Ingest, Noted};
use jiff::SignedDuration;
use ledger::Ledger;
use mail::{Mailer, Templates};
use remind::{Failures, Remind};
use runtime::{Clock, RedirectAllTo, SecretStore};
use schedule::{Bus, Mirror, RepairQueue};
use sources::Tool;
use sweep::Sweep;
use timetable::{KnockQueue, Timetable};
use track::Track;

use aws::NoPause;
use aws::stack::{self, Queue};

/// As `infra/template.yaml` has it.
const WORKERS: u32 = 2;

/// The six functions.
#[derive(Debug)]
pub struct Functions {
    /// Takes webhooks in.
    pub ingest: Ingest,
    /// Mirrors the file's reminder dates.
    pub schedule: Mirror,
    /// Answers knocks.
    pub remind: Remind,
    /// Takes SES's events in.
    pub track: Track,
    /// Knocks for what is late.
    pub sweep: Sweep,
    /// Asks the billing tools.
    pub ask: Ask,
}

/// What the functions are wired with.
#[derive(Debug, Clone)]
pub struct Wiring {
    /// The way into the embedded AWS.
    pub config: SdkConfig,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// The folder it came from.
    pub policy_dir: PathBuf,
    /// The user's words.
    pub templates: Arc<Templates>,
    /// For how long nothing need be heard of a mail.
    pub delivery_window: SignedDuration,
    /// To whom mails go in place of those they are for.
    pub redirect_all_to: RedirectAllTo,
    /// The way to the billing tools; none goes over HTTPS.
    pub tools: Option<SharedHttpConnector>,
    /// By which everything is decided.
    pub clock: Clock,
    /// By which signatures age.
    pub wall_clock: Clock,
}

impl Wiring {
    fn asker(&self, ledger: &Ledger) -> Asker {
        let ssm = aws_sdk_ssm::Client::new(&self.config);
        // Whoever asks a tool in earnest keeps its distance; in a story time stands still.
        let (tools, sleep) = match &self.tools {
            Some(tools) => (tools.clone(), SharedAsyncSleep::new(NoPause)),
            None => (asking::https(), SharedAsyncSleep::new(TokioSleep::new())),
        };
        Asker::new(
            Arc::clone(&self.policy),
            &self.policy_dir,
            SecretStore::new(ssm, stack::KEY_PREFIX, self.clock.clone()),
            Http::new(tools, sleep, self.clock.clone()),
            ledger.clone(),
        )
    }
}

impl Functions {
    /// What each does before its first event.
    pub async fn prepare(&self) {
        let Self {
            ingest,
            schedule,
            remind,
            track,
            sweep,
            ask,
        } = self;
        ingest.prepare().await;
        schedule.prepare().await;
        remind.prepare().await;
        track.prepare().await;
        sweep.prepare().await;
        ask.prepare().await;
    }

    /// Wires them.
    pub fn wire(wiring: &Wiring) -> Self {
        let Wiring {
            config,
            policy,
            clock,
            ..
        } = wiring;
        let sqs = aws_sdk_sqs::Client::new(config);
        let ledger = Ledger::new(aws_sdk_dynamodb::Client::new(config), stack::TABLE);
        let knocks = KnockQueue::new(sqs.clone(), Queue::Knocks.url());
        let ssm = aws_sdk_ssm::Client::new(config);
        Self {
            ingest: Ingest {
                ledger: ledger.clone(),
                tools: Tool::of_policy(policy, &wiring.policy_dir),
                policy: Arc::clone(policy),
                secrets: SecretStore::new(ssm, stack::SECRET_PREFIX, clock.clone()),
                clock: clock.clone(),
                wall_clock: wiring.wall_clock.clone(),
                retells: false,
                noted: Noted::default(),
            },
            schedule: Mirror {
                ledger: ledger.clone(),
                policy: Arc::clone(policy),
                timetable: Timetable::new(
                    aws_sdk_scheduler::Client::new(config),
                    stack::SCHEDULE_GROUP.to_owned(),
                    Queue::Knocks.arn(),
                    Queue::KnockDeadLetters.arn(),
                    stack::SCHEDULER_ROLE_ARN.to_owned(),
                ),
                knocks: knocks.clone(),
                bus: Bus::new(aws_sdk_eventbridge::Client::new(config), stack::SIGNAL_BUS),
                repair: RepairQueue::new(sqs, Queue::Repair.url()),
                clock: clock.clone(),
            },
            remind: Remind {
                failures: Failures::default(),
                ledger: ledger.clone(),
                policy: Arc::clone(policy),
                templates: Arc::clone(&wiring.templates),
                mailer: Mailer::new(config, stack::CONFIGURATION_SET.to_owned(), WORKERS),
                knocks: knocks.clone(),
                redirect_all_to: wiring.redirect_all_to.clone(),
                delivery_window: wiring.delivery_window,
                secret_prefix: stack::SECRET_PREFIX.to_owned(),
                asker: wiring.asker(&ledger),
                clock: clock.clone(),
            },
            track: Track {
                ledger: ledger.clone(),
                clock: clock.clone(),
            },
            ask: Ask {
                asker: wiring.asker(&ledger),
                ledger: ledger.clone(),
                policy: Arc::clone(policy),
                errands: ErrandQueue::new(aws_sdk_sqs::Client::new(config), Queue::Errands.url()),
                clock: clock.clone(),
            },
            sweep: Sweep {
                ledger,
                policy: Arc::clone(policy),
                knocks,
                redirect_all_to: wiring.redirect_all_to.clone(),
                protects_table: true,
                clock: clock.clone(),
            },
        }
    }
}
