//! Somebody knocked: decide from the file as it is now, and send the mail that is due.
//!
//! The order is what makes it safe. The billing tool is asked whether what is due is still owed, where there is a key
//! to ask by; the mail is rendered; then its steps are claimed in the file,
//! so that a payment that was acknowledged before always wins, and two knocks never send twice;
//! then SES is called once; then the claim ends. A function that dies in between leaves an open claim,
//! which SES's events end, or which is decided anew after a while.

mod apart;
mod attach;
mod command;
mod letter;
mod look;
mod settings;
mod team;
mod without_mail;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use asking::{Asker, Http};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use dunning::billing::{Collection, Snapshot};
use dunning::file::File;
use dunning::policy::Policy;
use dunning::rules::{
    Admission, Change, Context, Decision, Delivery, Letter, ask_mailbox, decide, is_source_refused,
    record_delivery, refused, wait_for_answer, wait_for_quota, wait_for_template,
};
use dunning::value::{DebtorKey, FileKey, InvoiceId};
use jiff::SignedDuration;
use jiff::civil::Date;
use ledger::{Basis, Commit, Ledger, LedgerError, Proposal, StoredFile, Updated};
use mail::{Mail, Mailer, SendError, TemplateError, Templates, Turn};
use runtime::{Clock, RedirectAllTo, SecretStore, load_policy, patient, sdk_config};
use timetable::{Knock, KnockQueue, TimetableError};

use crate::apart::Apart;

pub use crate::letter::Failures;
pub use crate::settings::Settings;

/// The function, with all that it needs.
#[derive(Debug)]
pub struct Remind {
    /// The table.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// The user's words.
    pub templates: Arc<Templates>,
    /// Templates that could not be filled in, of which the log was told.
    pub failures: Failures,
    /// SES.
    pub mailer: Mailer,
    /// Where early knocks are put back.
    pub knocks: KnockQueue,
    /// To whom mails go in place of those they are for.
    pub redirect_all_to: RedirectAllTo,
    /// For how long nothing need be heard of a mail: longer than this function's time-out and the
    /// delay of SES's events.
    pub delivery_window: SignedDuration,
    /// Whoever asks the billing tools.
    pub asker: Asker,
    /// Under which the sources' secrets stand, and their log: for what the team is told.
    pub secret_prefix: String,
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
    #[error("the file changes with every look at it")]
    NeverDone,
}

/// How often a file is looked at for one knock. Each look but the last changes something: one claim, or as
/// many invoices as a transaction holds. A sensible file takes two or three.
const MOST_LOOKS: usize = 50;

/// How long a knock waits whose time was spent on a billing tool.
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What a look at a file came to.
#[derive(Debug)]
enum Look {
    /// There is nothing to do, or it is done.
    Done,
    /// The knock came early, by this time.
    Early(SignedDuration),
    /// Something was written, and nothing sent.
    Wrote,
    /// The billing tool is to be asked for these first.
    Ask(BTreeMap<InvoiceId, Collection>),
    /// These are to be fetched first, to be attached.
    Fetch(Vec<Snapshot>),
    /// A mail was claimed.
    Claimed(Box<Claimed>),
}

/// A mail that was claimed and may leave, with the file as the claim left it.
#[derive(Debug)]
struct Claimed {
    file: StoredFile,
    letter: Box<Letter>,
    mail: Mail,
}

impl Remind {
    /// Wires the function from Lambda's environment.
    pub fn from_env() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let aws = sdk_config()?;
        let settings = Settings::from_env()?;
        let (folder, set) = (&settings.policy_dir, settings.configuration_set);
        let sqs = aws_sdk_sqs::Client::new(&aws);
        let policy = Arc::new(load_policy(folder)?);
        let ledger = Ledger::new(aws_sdk_dynamodb::Client::new(&aws), settings.table_name)
            .keeping_history(settings.retention_days);
        let ssm = aws_sdk_ssm::Client::new(&aws);
        let keys = SecretStore::new(ssm, settings.key_prefix, Clock::system());
        let asker = Asker::new(
            Arc::clone(&policy),
            folder,
            keys,
            Http::system(),
            ledger.clone(),
        );
        Ok(Self {
            ledger,
            asker,
            templates: Arc::new(load_templates(folder, &policy)?),
            policy,
            failures: Failures::default(),
            mailer: Mailer::new(&patient(&aws), set, settings.workers),
            knocks: KnockQueue::new(sqs, settings.knock_queue_url),
            redirect_all_to: settings.redirect_all_to,
            delivery_window: SignedDuration::from_secs(settings.delivery_window_seconds),
            secret_prefix: settings.secret_prefix,
            clock: Clock::system(),
        })
    }

    /// Connects, asks SES for the account's limits, reads the keys of the sources that have one, and compiles the
    /// templates of the policy's steps.
    pub async fn prepare(&self) {
        let now = self.clock.now();
        let templates = async { self.templates.read_ahead(&self.policy) };
        // Last, so that it is done while AWS answers.
        tokio::join!(
            self.ledger.connect(),
            self.mailer.connect(now),
            self.asker.prepare(),
            templates
        );
    }

    /// Answers a batch of knocks. One that fails comes again and stops none of the others.
    pub async fn handle(&self, batch: SqsEvent) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            let body = message.body.as_deref().unwrap_or_default();
            let answered = match serde_json::from_str::<Knock>(body) {
                Ok(knock) => {
                    let answered: Apart<'_, Result<(), RemindError>> =
                        Box::pin(self.answer(&knock));
                    answered.await
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = answered {
                tracing::error!(knock = body, %error, "knock not answered");
                response.add_failure(message.message_id.unwrap_or_default());
            }
        }
        response
    }

    async fn answer(&self, knock: &Knock) -> Result<(), RemindError> {
        match &knock.file {
            FileKey::Debtor(debtor) => self.look(debtor, knock).await,
            FileKey::Team => self.tell_team().await,
        }
    }

    /// Whether a person wants nothing sent to anybody, or payments may be among what the debtor's source was refused.
    async fn stands_still(
        &self,
        ctx: Context<'_>,
        debtor: &DebtorKey,
    ) -> Result<bool, LedgerError> {
        let (standstill, reception) = self.ledger.before_claim(debtor).await?;
        let ctx = Context {
            reception: reception.as_ref(),
            ..ctx
        };
        let is_paused = standstill.is_some_and(|pause| pause.is_on(self.today()));
        let stands_still = is_paused || is_source_refused(ctx, debtor);
        if stands_still {
            tracing::info!(%debtor, "everything or the source stands still: nobody is asked to call");
        }
        Ok(stands_still)
    }

    /// Whether a person wants nothing sent to anybody.
    async fn is_paused(&self) -> Result<bool, LedgerError> {
        let pause = Box::pin(self.ledger.standstill()).await?;
        Ok(pause.is_some_and(|pause| pause.is_on(self.today())))
    }

    /// The company's day, by which a standstill ends.
    fn today(&self) -> Date {
        let zone = self.policy.company.time_zone.get().clone();
        self.clock.now().to_zoned(zone).date()
    }

    async fn look(&self, debtor: &DebtorKey, knock: &Knock) -> Result<(), RemindError> {
        let mut glances = self.begin(debtor).await;
        for _ in 0..MOST_LOOKS {
            match self.look_once(debtor, &glances).await? {
                Look::Done => return Ok(()),
                Look::Early(left) => {
                    tracing::info!(%debtor, left_s = left.as_secs(), "knock came early, put back");
                    return Ok(self.knocks.send(knock, left).await?);
                }
                // Something may be due by now, or due soon: look again.
                Look::Wrote => {}
                // Nobody is asked while nothing may leave.
                Look::Ask(_) if self.is_paused().await? => {
                    tracing::info!(%debtor, "everything is paused: not sent");
                    return Ok(());
                }
                Look::Ask(_) | Look::Fetch(_) if glances.are_late() => {
                    tracing::info!(%debtor, "the tool takes its time: the knock is put back");
                    return Ok(self.knocks.send(knock, A_MINUTE).await?);
                }
                Look::Ask(invoices) => self.ask(debtor, &invoices, &mut glances).await?,
                Look::Fetch(balances) => {
                    self.fetch(debtor, balances, &mut glances.fetched).await;
                }
                Look::Claimed(claimed) => return self.send(debtor, *claimed).await,
            }
        }
        Err(RemindError::NeverDone)
    }

    /// Reads the file, decides, and writes what was decided.
    async fn look_once(
        &self,
        debtor: &DebtorKey,
        glances: &look::Glances,
    ) -> Result<Look, RemindError> {
        let updated = self.ledger.update(move || {
            Box::pin(async move {
                let Some(StoredFile { file, mut basis }) = self.ledger.file(debtor).await? else {
                    return Ok(Proposal::Nothing(Look::Done));
                };
                let ctx = glances.limit(self.context());
                // The journal's time is that of the write: SES may have been waited for.
                let commit = |basis: &Basis, change| {
                    let now = self.clock.now();
                    Box::new(Commit::new(debtor, basis.clone(), change, now))
                };
                let version = basis.file_version();
                let decision = decide(ctx, &file, version, self.delivery_window);
                let Decision::Send { claim, letter } = decision else {
                    let stored = StoredFile { file, basis };
                    return self.without_mail(ctx, stored, decision, glances).await;
                };
                let (claim, elsewhere) = match self.seen(ctx, &file, &letter, claim, glances) {
                    look::Sight::Clear(claim, elsewhere) => (*claim, elsewhere),
                    look::Sight::Ask(invoices) => {
                        return Ok(Proposal::Nothing(Look::Ask(invoices)));
                    }
                    look::Sight::Fetch(balances) => {
                        return Ok(Proposal::Nothing(Look::Fetch(balances)));
                    }
                    look::Sight::Waits(change) => {
                        return Ok(Proposal::Write(commit(&basis, *change), Look::Wrote));
                    }
                };
                let mailbox = letter.to.mailbox();
                let mailbox = self.ledger.read_mailbox(&mailbox, &mut basis).await?;
                let claim = match ask_mailbox(ctx, &file, claim, &letter, mailbox.as_ref()) {
                    Admission::Granted(claim) => claim,
                    Admission::Waits(change) => {
                        return Ok(Proposal::Write(commit(&basis, change), Look::Wrote));
                    }
                };
                let mail = match self.render(&file, &letter, &elsewhere, glances) {
                    Ok(mail) => mail,
                    Err(RemindError::Template(error)) => {
                        let template = self.note_failure(&file, &letter, &error);
                        let change = wait_for_template(ctx, &file, &template);
                        return Ok(Proposal::Write(commit(&basis, change), Look::Done));
                    }
                    Err(error) => return Err(error),
                };
                let wait = self.turn(ctx, &file, version, &letter).await;
                if let Some(change) = wait {
                    return Ok(Proposal::Write(commit(&basis, change), Look::Done));
                }
                let today = self.today();
                // A version that knows no copies of the standstill may have written it.
                let (standstill, reception) = self.ledger.before_claim(debtor).await?;
                let ctx = Context {
                    reception: reception.as_ref(),
                    ..ctx
                };
                if is_source_refused(ctx, debtor) {
                    let (change, look) = self.without_source(ctx, &file, version);
                    let Some(change) = change else {
                        return Ok(Proposal::Nothing(look));
                    };
                    return Ok(Proposal::Write(commit(&basis, change), look));
                }
                if standstill.is_some_and(|pause| pause.is_on(today)) {
                    return Err(LedgerError::StandsStill.into());
                }
                if !glances.are_good_for(&letter, self.clock.now()) {
                    return Ok(Proposal::Nothing(Look::Wrote));
                }
                let others = elsewhere.iter();
                let unchanged = others.map(|invoice| invoice.id().clone()).collect();
                let claimed = Claimed {
                    file: StoredFile {
                        file: claim.applied_to(file),
                        basis: basis.clone(),
                    },
                    letter,
                    mail,
                };
                let mut commit = commit(&basis, claim);
                commit.leaves_on = Some(today);
                commit.unchanged = unchanged;
                Ok::<_, RemindError>(Proposal::Write(commit, Look::Claimed(Box::new(claimed))))
            })
        });
        match updated.await {
            Err(RemindError::Ledger(LedgerError::StandsStill)) => self.stand_still(debtor).await,
            updated => updated.map(as_written),
        }
    }

    /// What is due today waits for its source; without it, all is decided once more.
    fn without_source(
        &self,
        ctx: Context<'_>,
        file: &File,
        version: u64,
    ) -> (Option<Change>, Look) {
        match decide(ctx, file, version, self.delivery_window) {
            Decision::Write(change) => (Some(change), Look::Done),
            Decision::KnockAgain(left) => (None, Look::Early(left)),
            Decision::Nothing | Decision::Signal { .. } | Decision::Send { .. } => {
                (None, Look::Done)
            }
        }
    }

    /// Waits for the letter's turn. What changes if it has none now.
    async fn turn(
        &self,
        ctx: Context<'_>,
        file: &File,
        version: u64,
        letter: &Letter,
    ) -> Option<Change> {
        match self.mailer.turn(ctx.now, letter::attempt(letter)).await {
            Turn::Now => None,
            Turn::QuotaSpent => Some(wait_for_quota(ctx, file)),
            Turn::Silent => Some(wait_for_answer(ctx, file, version, self.delivery_window)),
        }
    }

    /// Nothing is claimed while everything stands still.
    async fn stand_still(&self, debtor: &DebtorKey) -> Result<Look, RemindError> {
        // Boxed: see `Transaction::write`.
        if !Box::pin(self.ledger.stands_still(self.today())).await? {
            return Ok(Look::Wrote);
        }
        // `sweep` knocks again, until it is over.
        tracing::info!(%debtor, "everything is paused: not sent");
        Ok(Look::Done)
    }

    /// Sends what was claimed, and writes what became of it: on the file as we wrote it, or else as it is
    /// by then.
    async fn send(&self, debtor: &DebtorKey, claimed: Claimed) -> Result<(), RemindError> {
        let Claimed { file, letter, mail } = claimed;
        let (claim, step) = (letter.claim.as_str(), letter.lead.as_str());
        match self.mailer.send(self.redirected(mail)).await {
            Ok(message_id) => {
                tracing::info!(%debtor, claim, step, message_id, "mail sent");
                let (delivery, now) = (Delivery::Sent { message_id }, self.clock.now());
                let record = |file: &File| record_delivery(file, &letter.claim, &delivery, now);
                self.ledger
                    .hear_of_mail(debtor, Some(file), &self.clock, &letter.claim, record)
                    .await?;
            }
            Err(SendError::Refused { code, retry }) => {
                tracing::warn!(%debtor, claim, step, error = code, "mail refused by SES");
                let ctx = self.context();
                // `schedule` sees the steps' new instants, and has them knocked for.
                let free = |file: &File| refused(ctx, file, &letter.claim, &code, retry);
                self.ledger
                    .hear_of_mail(debtor, Some(file), &self.clock, &letter.claim, free)
                    .await?;
            }
            Err(SendError::Unknown { why }) => {
                // It may have left. The claim stays open, for SES's events or the delivery window.
                tracing::error!(%debtor, claim, step, error = why, "nothing heard of a mail");
            }
        }
        Ok(())
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            rehearses: self.redirect_all_to.is_rehearsal(),
            ..Context::new(&self.policy, self.clock.now())
        }
    }

    /// The mail as it leaves: in a rehearsal, to somebody else, who sees for whom it was.
    fn redirected(&self, mail: Mail) -> Mail {
        match self.redirect_all_to.address(&self.policy) {
            Some(address) => mail.redirected(address),
            None => mail,
        }
    }
}

/// With the basis that a claim has once it is written.
fn as_written(updated: Updated<Look>) -> Look {
    match (updated.answer, updated.written) {
        (Look::Claimed(mut claimed), Some(basis)) => {
            claimed.file.basis = basis;
            Look::Claimed(claimed)
        }
        (answer, _) => answer,
    }
}

/// The templates of a policy: the built-in ones, and in their place those of its folder.
pub fn load_templates(policy_folder: &Path, policy: &Policy) -> Result<Templates, TemplateError> {
    let templates = Templates::load(&policy_folder.join("templates"))?;
    Ok(templates.in_languages_of(policy))
}
