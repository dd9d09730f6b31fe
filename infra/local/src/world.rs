//! One world: functions, AWS and time.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_ssm::types::ParameterType;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_types::sdk_config::RetryConfig;
use dunning::file::StepOf;
use dunning::journal::What;
use dunning::policy::Policy;
use dunning::value::{ClaimId, DebtorKey, FileKey, InvoiceId, SourceName, StepId};
use jiff::{SignedDuration, Timestamp};
use ledger::Ledger;
use remind::load_templates;
use runtime::{Clock, RedirectAllTo, load_policy};

use crate::carrier::Carrier;
use crate::events::{by_sns, ses_events, sqs_event, stream_event, webhook};
use crate::foresight::{Foresight, View};
use crate::functions::{Functions, Wiring};
use crate::hours::{fires_at, night_after, sweep_after};
use aws::stack::{self, Queue};
use aws::{self, Aws, SentMail};

/// What a world is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder with `relance.toml`, and what the policy has of its own.
    pub policy_dir: PathBuf,
    /// Webhook secrets, by source.
    pub secrets: Vec<(SourceName, String)>,
    /// Where its clock stands.
    pub starts_at: Timestamp,
    /// How long the fate of a mail may stay unknown.
    pub delivery_window: SignedDuration,
    /// By which signatures age: the machine's clock, or the world's own.
    pub wall_clock: WallClock,
    /// To whom mails go in place of those they are for.
    pub redirect_all_to: RedirectAllTo,
    /// Whether sources take the tool's test mode, whatever the policy says.
    pub take_test_mode: bool,
    /// Keys by which billing tools are asked, by source.
    pub keys: Vec<(SourceName, String)>,
    /// The way to the billing tools; none goes over HTTPS.
    pub tools: Option<SharedHttpConnector>,
}

/// By which clock a webhook's signature ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WallClock {
    /// The machine's: webhooks come from outside.
    Machine,
    /// The world's: webhooks are part of the story.
    World,
}

/// Why a world did not start, or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The policy.
    #[error(transparent)]
    Policy(#[from] runtime::PolicyError),
    /// The templates.
    #[error(transparent)]
    Templates(#[from] mail::TemplateError),
    /// The embedded AWS.
    #[error("the embedded AWS refused {0}")]
    Aws(&'static str),
    /// The table.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
}

/// A mail that left, with what it was about.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail.
    pub sent: SentMail,
    /// Whose file it belongs to.
    pub file: Option<FileKey>,
    /// The invoices in it, the leading one first.
    pub invoices: Vec<InvoiceId>,
    /// The step that led it.
    pub step: Option<StepId>,
}

/// One world.
pub struct World {
    /// The embedded AWS.
    pub aws: Aws,
    /// Its clock.
    pub clock: aws::Clock,
    /// The table, as somebody sees it who only looks on.
    pub ledger: Ledger,
    /// The user's policy.
    pub policy: Arc<Policy>,
    functions: Functions,
    carrier: Carrier,
    mails: Vec<Mail>,
    next_sweep: Timestamp,
    between_sweeps: SignedDuration,
    ses_events_get_lost: bool,
    event_bridge_gets_lost: bool,
    misses_silence: bool,
    foresight: Foresight,
    ssm: aws_sdk_ssm::Client,
    /// When the tools are compared next; never where there is no key.
    next_night: Option<Timestamp>,
}

impl World {
    /// Starts a world: the functions are wired as their `main.rs` does it, to the embedded AWS.
    pub async fn start(settings: Settings) -> Result<Self, WorldError> {
        let clock = aws::Clock::new(settings.starts_at);
        let aws = Aws::start(clock.clone());
        let mut policy = load_policy(&settings.policy_dir)?;
        if settings.take_test_mode {
            policy
                .sources
                .values_mut()
                .for_each(|source| source.mode = dunning::value::Mode::Test);
        }
        for (_, sender) in policy.all_senders() {
            aws.verify_sender(sender.email.as_str());
        }
        let policy = Arc::new(policy);
        let config = aws.sdk_config(RetryConfig::standard());
        let ssm = aws_sdk_ssm::Client::new(&config);
        for (source, secret) in &settings.secrets {
            put_secret(&ssm, stack::SECRET_PREFIX, source, secret).await?;
        }
        for (source, key) in &settings.keys {
            put_secret(&ssm, stack::KEY_PREFIX, source, key).await?;
        }
        let now = {
            let clock = clock.clone();
            Clock::new(move || clock.now())
        };
        let wall_clock = match settings.wall_clock {
            WallClock::Machine => Clock::system(),
            WallClock::World => now.clone(),
        };
        let functions = Functions::wire(&Wiring {
            config,
            policy: Arc::clone(&policy),
            policy_dir: settings.policy_dir.clone(),
            templates: Arc::new(load_templates(&settings.policy_dir, &policy)?),
            delivery_window: settings.delivery_window,
            redirect_all_to: settings.redirect_all_to.clone(),
            tools: settings.tools.clone(),
            clock: now,
            wall_clock,
        });
        // Boxed: they are six ways to AWS.
        Box::pin(functions.prepare()).await;
        Ok(Self {
            functions,
            next_sweep: sweep_after(settings.starts_at),
            between_sweeps: SignedDuration::from_hours(1),
            ses_events_get_lost: false,
            event_bridge_gets_lost: false,
            misses_silence: false,
            foresight: Foresight::new(settings.redirect_all_to.is_rehearsal()),
            ssm,
            next_night: (!settings.keys.is_empty()).then(|| night_after(settings.starts_at)),
            ledger: Ledger::new(
                aws_sdk_dynamodb::Client::new(&aws.onlookers_config()),
                stack::TABLE,
            ),
            aws,
            clock,
            policy,
            carrier: Carrier::default(),
            mails: Vec::new(),
        })
    }

    /// Mails go to whom they are for from now on, or to somebody else.
    pub fn redirect_all_to(&mut self, whom: &RedirectAllTo) {
        let Functions { remind, sweep, .. } = &mut self.functions;
        remind.redirect_all_to.clone_from(whom);
        sweep.redirect_all_to.clone_from(whom);
        self.foresight.note_rehearsal(whom.is_rehearsal());
    }

    /// Posts a webhook as API Gateway would. Gives the status and the answer's text.
    pub async fn post(
        &mut self,
        source: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, String) {
        let response = self
            .functions
            .ingest
            .handle(webhook(source, headers, body))
            .await;
        let status = u16::try_from(response.status_code).unwrap_or(500);
        let text = match response.body {
            Some(aws_lambda_events::encodings::Body::Text(text)) => text,
            _ => String::new(),
        };
        self.carry().await;
        (status, text)
    }

    /// Turns the clock, and lets everything happen that is due on the way, in order.
    pub async fn advance_to(&mut self, to: Timestamp) {
        self.carry().await;
        while let Some(next) = self.next_at().filter(|next| *next <= to) {
            self.clock.set(next.max(self.clock.now()));
            self.fire_what_is_due().await;
            self.carry().await;
        }
        self.clock.set(to.max(self.clock.now()));
    }

    /// Turns the clock by a span.
    pub async fn advance(&mut self, by: SignedDuration) {
        self.advance_to(self.clock.now() + by).await;
    }

    /// Carries until nothing is left that can be carried now.
    pub async fn carry(&mut self) {
        loop {
            let records = self.carrier.next_records(&self.aws, self.clock.now());
            if !records.is_empty() {
                let event = stream_event(&records);
                let response = self
                    .functions
                    .schedule
                    .mirror_records(event, Timestamp::MAX)
                    .await;
                let failed = response.batch_item_failures.first();
                let failed = failed.and_then(|failure| failure.item_identifier.as_deref());
                self.carrier.took(&records, failed, self.clock.now());
                continue;
            }
            self.carrier.collect(&self.aws);
            let Some(message) = self.carrier.next_message(self.clock.now()) else {
                break;
            };
            let event = sqs_event(std::slice::from_ref(&message));
            let response = match message.queue {
                Queue::MailEvents => self.functions.track.handle(event).await,
                Queue::Errands => self.functions.ask.handle(event, Timestamp::MAX).await,
                Queue::Repair => {
                    self.functions
                        .schedule
                        .repair_records(event, Timestamp::MAX)
                        .await
                }
                _ => self.functions.remind.handle(event).await,
            };
            if !response.batch_item_failures.is_empty() {
                self.carrier.put_back(message, self.clock.now());
            }
            self.post_mails().await;
        }
    }

    /// Puts a knock into the queue, as anybody might.
    pub async fn knock(&mut self, body: &str) {
        self.deliver(Queue::Knocks, "by-hand", body).await;
    }

    /// Puts an errand into the queue, as anybody might.
    pub async fn ask(&mut self, errand: &str) {
        self.deliver(Queue::Errands, "by-hand", errand).await;
    }

    /// Lets an event of SES come again, as a replay of the archive does.
    pub async fn replay(&mut self, event: &str) {
        self.deliver(Queue::MailEvents, "replayed", event).await;
    }

    async fn deliver(&mut self, queue: Queue, id: &str, body: &str) {
        let now = self.clock.now();
        self.carrier.put(queue, id.to_owned(), body.to_owned(), now);
        self.carry().await;
    }

    /// Replaces a source's webhook secret, as its owner does to rotate it.
    pub async fn put_secret(&self, source: &SourceName, secret: &str) -> Result<(), WorldError> {
        put_secret(&self.ssm, stack::SECRET_PREFIX, source, secret).await
    }

    /// Puts the key by which a source's tool is asked.
    pub async fn put_key(&mut self, source: &SourceName, key: &str) -> Result<(), WorldError> {
        self.next_night
            .get_or_insert_with(|| night_after(self.clock.now()));
        put_secret(&self.ssm, stack::KEY_PREFIX, source, key).await
    }

    /// From now on, SES's events get lost (or do not any more).
    pub fn lose_ses_events(&mut self, lost: bool) {
        self.ses_events_get_lost = lost;
    }

    /// From now on, sweep runs once in so many hours: asking the index is most of what a world of months costs.
    pub fn sweep_every(&mut self, hours: u8) {
        self.between_sweeps = SignedDuration::from_hours(hours.into());
    }

    /// From now on, what SES says gets lost on its way through EventBridge (or does not any more): SNS brings it.
    pub fn lose_event_bridge(&mut self, lost: bool) {
        self.event_bridge_gets_lost = lost;
    }

    /// From now on, a source that says nothing is missed. Without that, each counts as speaking every day: a story
    /// tells of a few of its customers, and the others go on.
    pub fn miss_silence(&mut self) {
        self.misses_silence = true;
    }

    /// The stream's records that `schedule` has not seen yet are gone, as after a day in which it could not run.
    pub fn lose_stream_records(&mut self) {
        self.carrier.lose_records(&self.aws);
    }

    /// The mails that left, in order.
    pub fn mails(&self) -> &[Mail] {
        &self.mails
    }

    /// What nobody could take in: the queue that holds it, and its body.
    pub fn dead_letters(&self) -> &[(Queue, String)] {
        &self.carrier.dead_letters
    }

    /// Whoever has a file, by name of its key.
    pub fn debtors(&self) -> Vec<DebtorKey> {
        debtors(&self.aws)
    }

    fn next_at(&self) -> Option<Timestamp> {
        let schedule = self.aws.schedules().iter().map(fires_at).min();
        [
            Some(self.next_sweep),
            self.next_night,
            schedule,
            self.carrier.next_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    async fn fire_what_is_due(&mut self) {
        let now = self.clock.now();
        for schedule in self
            .aws
            .schedules()
            .iter()
            .filter(|schedule| fires_at(schedule) <= now)
        {
            if let Some(fired) = self.aws.fire(&schedule.group, &schedule.name) {
                self.carrier.put(
                    Queue::Knocks,
                    format!("schedule-{}", fired.name),
                    fired.input,
                    now,
                );
            }
        }
        if self.next_night.is_some_and(|night| night <= now) {
            self.next_night = Some(night_after(now));
            let body = r#"{"errand":"compare_all"}"#.to_owned();
            let id = format!("night-{now}");
            self.carrier.put(Queue::Errands, id, body, now);
        }
        if self.next_sweep <= now {
            let sweeps = self.sweep_would_find_something().await;
            if sweeps && !self.misses_silence {
                self.let_sources_speak().await;
            }
            if sweeps && let Err(error) = self.functions.sweep.handle(Timestamp::MAX).await {
                tracing::error!(%error, "sweep failed");
            }
            let hour_later = SignedDuration::from_hours(1);
            self.next_sweep = sweep_after(now + self.between_sweeps - hour_later);
        }
    }

    async fn sweep_would_find_something(&mut self) -> bool {
        let view = View {
            aws: &self.aws,
            ledger: &self.ledger,
            policy: &self.policy,
            now: self.clock.now(),
            misses_silence: self.misses_silence,
            is_rehearsal: self.functions.sweep.redirect_all_to.is_rehearsal(),
        };
        self.foresight.sweep_would_find_something(view).await
    }

    /// All that were ever heard.
    async fn let_sources_speak(&self) {
        let now = self.clock.now();
        for source in self.ledger.receptions().await.unwrap_or_default().keys() {
            if let Err(error) = self.ledger.note_accepted(source, now).await {
                tracing::error!(%error, "source did not speak");
            }
        }
    }

    /// SES delivers what it took, and says so, twice over: by EventBridge, and by SNS.
    async fn post_mails(&mut self) {
        for sent in self.aws.outbox_after(self.mails.len()) {
            let now = self.clock.now();
            let lost = self.ses_events_get_lost;
            let events = ses_events(&sent).into_iter().filter(|_| !lost);
            for (event, delay) in events {
                let at = now + SignedDuration::from_secs(delay);
                let id = |way: &str| format!("{}-{delay}-{way}", sent.message_id);
                let by_sns = by_sns(&event);
                if !self.event_bridge_gets_lost {
                    self.carrier.put(Queue::MailEvents, id("events"), event, at);
                }
                let at = at + SignedDuration::from_secs(1);
                self.carrier.put(Queue::MailEvents, id("sns"), by_sns, at);
            }
            let mail = self.explain(sent).await;
            self.mails.push(mail);
        }
    }

    /// What a mail was about, by the journal.
    async fn explain(&self, sent: SentMail) -> Mail {
        let file = sent
            .tag(mail::DEBTOR_TAG)
            .and_then(|tag| FileKey::try_from(mail::read_tag(tag).ok()?).ok());
        let claim = sent
            .tag(mail::CLAIM_TAG)
            .and_then(|tag| ClaimId::parse(tag).ok());
        let steps = match (&file, claim) {
            (Some(FileKey::Debtor(debtor)), Some(claim)) => self.claimed(debtor, &claim).await,
            _ => Vec::new(),
        };
        let step = steps.first().map(|carried| carried.step.clone());
        Mail {
            sent,
            file,
            invoices: steps.into_iter().map(|carried| carried.invoice).collect(),
            step,
        }
    }

    async fn claimed(&self, debtor: &DebtorKey, mail: &ClaimId) -> Vec<StepOf> {
        let journal = self.ledger.journal(debtor).await.unwrap_or_default();
        let lines = journal.into_iter().flat_map(|entry| entry.lines);
        let mut claimed = lines.filter_map(|line| match line.what {
            What::Claimed { claim, steps } if claim == *mail => Some(steps),
            _ => None,
        });
        claimed.next_back().unwrap_or_default()
    }
}

/// Whoever has a file in the table, by name of its key.
pub fn debtors(aws: &Aws) -> Vec<DebtorKey> {
    let text = |item: &serde_json::Value, name: &str| {
        let value = item.pointer(&format!("/{name}/S"))?;
        value.as_str().map(str::to_owned)
    };
    let items = aws.items();
    let files = items
        .iter()
        .filter(|item| text(item, "SK").as_deref() == Some(ledger::keys::FILE));
    files
        .filter_map(|item| DebtorKey::parse(&text(item, "PK")?).ok())
        .collect()
}

async fn put_secret(
    ssm: &aws_sdk_ssm::Client,
    prefix: &str,
    source: &SourceName,
    secret: &str,
) -> Result<(), WorldError> {
    let request = ssm
        .put_parameter()
        .name(format!("{prefix}/{source}"))
        .value(secret)
        .overwrite(true)
        .r#type(ParameterType::SecureString);
    request
        .send()
        .await
        .map(|_| ())
        .map_err(|_| WorldError::Aws("a secret"))
}
