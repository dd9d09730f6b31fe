//! Somebody knocked: decide from the file as it is now, and send the mail that is due.
//!
//! The order is what makes it safe. The mail is rendered; then its steps are claimed in the file,
//! so that a payment that was acknowledged before always wins, and two knocks never send twice;
//! then SES is called once; then the claim is settled. A function that dies in between leaves an
//! open claim, which SES's events settle, or which is decided anew after a while.

mod letter;
mod team;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use dunning::change::Change;
use dunning::decide::{Decision, Letter, decide};
use dunning::file::File;
use dunning::ids::DebtorKey;
use dunning::policy::Policy;
use dunning::settle::{Fate, release, settle, wait_for_quota};
use jiff::SignedDuration;
use ledger::{Commit, Ledger, LedgerError, Race, StoredFile};
use mail::{Mailer, SendError, TemplateError, Templates, Turn};
use runtime::{Clock, load_policy, patient, publish, sdk_config, setting};
use timetable::{Door, Knock, KnockQueue, TimetableError};

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Remind {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// The user's words.
    pub templates: Arc<Templates>,
    /// SES.
    pub mailer: Mailer,
    /// Where early knocks are put back.
    pub knocks: KnockQueue,
    /// How long the fate of a mail may stay unknown: longer than this function's time-out and the
    /// delay of SES's events.
    pub settle_window: SignedDuration,
    /// The time.
    pub clock: Clock,
}

/// Why a knock was not answered; it comes again, and at last to the dead letters.
#[derive(Debug, thiserror::Error)]
enum RemindError {
    #[error("not a knock: {0}")]
    NotAKnock(#[from] serde_json::Error),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Timetable(#[from] TimetableError),
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error("the policy has no step `{0}` any more")]
    NoStep(String),
}

impl Remind {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let table: String = setting("TABLE_NAME")?;
        let folder: PathBuf = setting("POLICY_DIR")?;
        let queue: String = setting("KNOCK_QUEUE_URL")?;
        let configuration_set: String = setting("CONFIGURATION_SET")?;
        Ok(Self {
            ledger: Ledger::new(aws_sdk_dynamodb::Client::new(&aws), table),
            policy: Arc::new(load_policy(&folder)?),
            templates: Arc::new(load_templates(&folder)?),
            mailer: Mailer::new(&patient(&aws), configuration_set, setting("WORKERS")?),
            knocks: KnockQueue::new(aws_sdk_sqs::Client::new(&aws), queue),
            settle_window: SignedDuration::from_secs(setting("SETTLE_WINDOW_SECONDS")?),
            clock: Clock::system(),
        })
    }

    /// Answers a batch of knocks. One that fails comes again and stops none of the others.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            if let Err(error) = self.answer(&message).await {
                tracing::error!(%error, "knock not answered");
                response.add_failure(message.message_id.unwrap_or_default());
            }
        }
        response
    }

    async fn answer(&self, message: &SqsMessage) -> Result<(), RemindError> {
        let knock: Knock = serde_json::from_str(message.body.as_deref().unwrap_or_default())?;
        match &knock.door {
            Door::Debtor(debtor) => self.look(debtor, &knock).await,
            Door::Team => self.tell_team().await,
        }
    }

    /// Whether somebody wants no mail to leave to anybody today.
    async fn stands_still(&self) -> Result<bool, LedgerError> {
        let zone = self.policy.company.time_zone.get().clone();
        let today = self.clock.now().to_zoned(zone).date();
        let standstill = self.ledger.standstill().await?;
        Ok(standstill.is_some_and(|pause| pause.is_on(today)))
    }

    async fn look(&self, debtor: &DebtorKey, knock: &Knock) -> Result<(), RemindError> {
        let mut race = Race::default();
        loop {
            let Some(stored) = self.ledger.file(debtor).await? else {
                return Ok(());
            };
            let StoredFile { file, versions } = &stored;
            let version = versions.debtor.unwrap_or_default();
            let now = self.clock.now();
            match decide(file, version, &self.policy, now, self.settle_window) {
                Decision::Nothing => {
                    tracing::info!(%debtor, "nothing to do");
                    return Ok(());
                }
                Decision::KnockAgain(left) => {
                    tracing::info!(%debtor, left_s = left.as_secs(), "knock came early, put back");
                    return Ok(self.knocks.send(knock, left).await?);
                }
                Decision::Write(change) => {
                    // Written or overtaken: something may be due by now, or due soon. Look again.
                    let _: ControlFlow<_> = self.write(debtor, &stored, &change).await?;
                }
                Decision::Send { claim, letter } => {
                    let mail = self.render(file, &letter)?;
                    if self.mailer.turn(now).await == Turn::QuotaSpent {
                        let change = wait_for_quota(file, &self.policy, now);
                        if self.write(debtor, &stored, &change).await?.is_break() {
                            return Ok(());
                        }
                        race.run_again()?;
                        continue;
                    }
                    if self.stands_still().await? {
                        // `audit` knocks again, until it is over.
                        tracing::info!(%debtor, "everything is paused: not sent");
                        return Ok(());
                    }
                    let claimed = self.write(debtor, &stored, &claim).await?;
                    if let ControlFlow::Break(claimed) = claimed {
                        return self.send(debtor, claimed, &letter, mail).await;
                    }
                }
            }
            race.run_again()?;
        }
    }

    /// Sends what was claimed, and settles the claim.
    async fn send(
        &self,
        debtor: &DebtorKey,
        claimed: StoredFile,
        letter: &Letter,
        mail: mail::Mail,
    ) -> Result<(), RemindError> {
        let (claim, step) = (letter.claim.as_str(), letter.lead.as_str());
        match self.mailer.send(mail).await {
            Ok(message_id) => {
                tracing::info!(%debtor, claim, step, message_id, "mail sent");
                let (fate, now) = (Fate::Sent { message_id }, self.clock.now());
                let settle = |file: &File| settle(file, &letter.claim, &fate, now);
                self.conclude(debtor, claimed, settle).await
            }
            Err(SendError::Refused { code, throttled }) => {
                tracing::warn!(%debtor, claim, step, code, "mail refused by SES");
                let now = self.clock.now();
                let release =
                    |file: &File| release(file, &letter.claim, &code, throttled, &self.policy, now);
                // `plan` sees the steps' new instants, and has them knocked for.
                self.conclude(debtor, claimed, release).await
            }
            Err(SendError::Unknown { why }) => {
                // It may have left. The claim stays open, for SES's events or the settle window.
                tracing::error!(%debtor, claim, step, why, "fate of a mail unknown");
                Ok(())
            }
        }
    }

    /// Writes what became of a mail, on the file as we wrote it, or else as it is by then.
    async fn conclude(
        &self,
        debtor: &DebtorKey,
        mut stored: StoredFile,
        conclusion: impl Fn(&File) -> Change,
    ) -> Result<(), RemindError> {
        let mut race = Race::default();
        loop {
            let change = conclusion(&stored.file);
            if change.is_empty() || self.write(debtor, &stored, &change).await?.is_break() {
                return Ok(());
            }
            race.run_again()?;
            match self.ledger.file(debtor).await? {
                Some(newer) => stored = newer,
                None => return Ok(()),
            }
        }
    }

    /// Writes a change. Breaks with the file as it then is; continues when it was overtaken.
    async fn write(
        &self,
        debtor: &DebtorKey,
        read: &StoredFile,
        change: &Change,
    ) -> Result<ControlFlow<StoredFile>, LedgerError> {
        let now = self.clock.now();
        let commit = Commit::new(debtor, &read.versions, change, now);
        let committed = self.ledger.commit(commit).await?;
        if committed.is_break() {
            publish(debtor, &change.journal, now);
        }
        Ok(committed.map_break(|versions| StoredFile {
            file: change.applied_to(read.file.clone()),
            versions,
        }))
    }
}

/// The templates of a policy's folder.
pub fn load_templates(policy_folder: &Path) -> Result<Templates, TemplateError> {
    Templates::load(&policy_folder.join("templates"))
}
