//! `relance doctor`: whether a deployed stack can do its work, and what mends it where it cannot.
//!
//! Nothing is changed. A delivery of its own goes through the front door, verified and without any news; and with
//! `--mail` one mail to SES's simulator.

mod alarms;
mod capacity;
mod dns;
mod domain;
mod keys;
mod layer;
mod mails;
mod patient;
mod probe;
mod reminders;
mod report;
mod secrets;
mod simulator;
mod stack_state;

use std::net::SocketAddr;
use std::time::Duration;

use dunning::policy::Policy;
use runtime::{PolicyError, load_policy};

use self::dns::Resolver;
use self::patient::Patient;
use self::report::Report;
use self::stack_state::Resources;
use crate::aws::{Account, AwsError};
use crate::folder::PolicyFolder;
use crate::stack::{Stack, StackArgs};

/// What `relance doctor` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    folder: PolicyFolder,
    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
    /// Send one mail to SES's simulator, and wait so many seconds until the stack has heard of it [default: 120]
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "120"
    )]
    mail: Option<u64>,
    /// Whom to ask about SPF and DMARC [default: the system's resolver]
    #[arg(long, value_name = "ADDRESS:PORT")]
    dns: Option<SocketAddr>,
    /// Where webhooks come in, if not at the stack's own address: with {source}
    #[arg(long, value_name = "URL")]
    door: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NotHealthy {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("{0} of what is needed does not hold, or is not known")]
    Wanting(usize),
}

pub(crate) async fn run(options: &Options, account: &Account) -> Result<(), NotHealthy> {
    let policy = load_policy(&options.folder.policy)?;
    let mut report = Report::new(options.json);
    if let Some(patient) = admit(options, account, policy, &mut report).await {
        examine(options, &patient, &mut report).await;
    }
    report.end(options.stack.name());
    match report.wanting() {
        0 => Ok(()),
        wanting => Err(NotHealthy::Wanting(wanting)),
    }
}

/// Without an account and a stack there is nothing else to look at.
async fn admit(
    options: &Options,
    account: &Account,
    policy: Policy,
    report: &mut Report,
) -> Option<Patient> {
    let aws = match account.config().await {
        Ok(aws) => aws,
        Err(why) => {
            refuse("credentials", &why, report);
            return None;
        }
    };
    stack_state::identity(&aws, report).await;
    let stack = match Stack::open(options.stack.name(), aws).await {
        Ok(stack) => stack,
        Err(why) => {
            refuse("stack", &why, report);
            return None;
        }
    };
    stack_state::check(&stack.name, &stack.status, report);
    match Resources::list(&stack).await {
        Ok(resources) => Some(Patient {
            stack,
            tools: sources::Tool::of_policy(&policy, &options.folder.policy),
            policy,
            resources,
        }),
        Err(why) => {
            report.unseen("stack", &why);
            None
        }
    }
}

fn refuse(check: &'static str, why: &AwsError, report: &mut Report) {
    let mend = match why {
        AwsError::NoRegion => "export AWS_REGION=eu-west-3",
        AwsError::NoCredentials(_) | AwsError::Expired(_) => "aws login",
        AwsError::NoStack { .. } => "sam build && sam deploy --guided",
        other => return report.unseen(check, other),
    };
    report.wrong(check, why.to_string(), mend);
}

/// In the order of what hurts most.
async fn examine(options: &Options, patient: &Patient, report: &mut Report) {
    let resolver = options
        .dns
        .map_or_else(Resolver::of_the_system, |asked| Some(Resolver::new(asked)));
    stack_state::rehearsal(&patient.stack.parameters, report);
    mails::account(&patient.stack, report).await;
    mails::senders(patient, resolver.as_ref(), report).await;
    mails::suppressed(patient, report).await;
    let known = secrets::check(patient, &options.folder.policy, report).await;
    keys::check(patient, report).await;
    reminders::tell(&patient.policy, report);
    alarms::check(patient, report).await;
    capacity::check(patient, report).await;
    layer::check(patient, &options.folder.policy, report).await;
    let door = options.door.as_deref();
    probe::check(patient, &known, door, report).await;
    if let Some(seconds) = options.mail {
        simulator::check(patient, Duration::from_secs(seconds), report).await;
    }
}
