//! How fast, and whether today at all, SES takes mails of this account.
//!
//! The limits are the account's own and change with it, so they are asked for. A function that runs
//! several times at once shares the rate: each waits for as many mails as there are workers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::get_account::{GetAccountError, GetAccountOutput};
use dunning::file::Attempt;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

/// What SES says of the account is asked for again after this time.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// Who said nothing just now is not asked again before.
const SILENT: SignedDuration = SignedDuration::from_secs(30);
/// The rate of an account in the sandbox; there is no slower one.
const SLOWEST: f64 = 1.0;

/// Whether it is a mail's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may leave now.
    Now,
    /// The account has sent all that it may in 24 hours.
    QuotaSpent,
    /// SES says nothing, and there is no further try if this one gets lost.
    Silent,
}

/// Spaces the mails of one worker.
#[derive(Debug)]
pub(crate) struct Pace {
    workers: u32,
    account: Mutex<Option<(Timestamp, Account)>>,
    silent_at: Mutex<Option<Timestamp>>,
    next: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, Copy)]
struct Account {
    /// Mails a second.
    rate: f64,
    quota_left: bool,
}

impl Pace {
    /// For one of so many workers that send at the same time.
    pub(crate) fn new(workers: u32) -> Self {
        Self {
            workers,
            account: Mutex::default(),
            silent_at: Mutex::default(),
            next: Mutex::default(),
        }
    }

    /// Asks for the account's limits ahead.
    pub(crate) async fn learn(&self, ses: &Client, now: Timestamp) {
        self.account(ses, now).await;
    }

    /// Waits for the next mail's turn. Before the last try of one, SES must have answered something.
    pub(crate) async fn turn(&self, ses: &Client, now: Timestamp, attempt: Attempt) -> Turn {
        let account = match attempt {
            Attempt::First => self.account(ses, now).await,
            Attempt::Last => match self.fresh(ses, now).await {
                Some(account) => account,
                None => return Turn::Silent,
            },
        };
        if !account.quota_left {
            return Turn::QuotaSpent;
        }
        let gap = Duration::from_secs_f64(f64::from(self.workers) / account.rate);
        let turn = {
            let mut next = lock(&self.next);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(turn + gap);
            turn
        };
        if turn > Instant::now() {
            sleep_until(turn).await;
        }
        Turn::Now
    }

    /// SES asked for patience: what was known of the account may be wrong.
    pub(crate) fn forget_account(&self) {
        *lock(&self.account) = None;
    }

    async fn account(&self, ses: &Client, now: Timestamp) -> Account {
        let known = *lock(&self.account);
        if let Some((_, account)) = known.filter(|(at, _)| now.duration_since(*at) < FRESH) {
            return account;
        }
        let (account, _) = self.ask(ses, now).await;
        account
    }

    /// The account as SES tells it this moment; `None` if SES says nothing.
    async fn fresh(&self, ses: &Client, now: Timestamp) -> Option<Account> {
        let silent_at = *lock(&self.silent_at);
        if silent_at.is_some_and(|at| now.duration_since(at).abs() < SILENT) {
            return None;
        }
        let (account, answers) = self.ask(ses, now).await;
        answers.then_some(account)
    }

    /// Asks SES for the account, and says whether it answered anything at all.
    async fn ask(&self, ses: &Client, now: Timestamp) -> (Account, bool) {
        let answer = ses.get_account().send().await;
        let answers = answer.as_ref().map_or_else(is_an_answer, |_| true);
        let account = match answer {
            Ok(answer) => Account::of(&answer),
            Err(error) => {
                let code = error.code().unwrap_or("no answer");
                tracing::warn!(error = code, "SES does not tell the account's limits");
                // Sent all the same: a mail that is too much is refused, and waits.
                let known = *lock(&self.account);
                known.map_or(Account::UNKNOWN, |(_, account)| Account {
                    quota_left: true,
                    ..account
                })
            }
        };
        *lock(&self.account) = Some((now, account));
        *lock(&self.silent_at) = (!answers).then_some(now);
        (account, answers)
    }
}

/// Whoever refuses or throttles is there; whoever fails may not be.
fn is_an_answer(error: &SdkError<GetAccountError>) -> bool {
    let answer = error.raw_response();
    answer.is_some_and(|answer| answer.status().is_client_error())
}

impl Account {
    const UNKNOWN: Self = Self {
        rate: f64::INFINITY,
        quota_left: true,
    };

    /// A quota of -1 has no end.
    /// <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html>
    fn of(answer: &GetAccountOutput) -> Self {
        let Some(quota) = answer.send_quota() else {
            return Self::UNKNOWN;
        };
        let most = quota.max24_hour_send();
        Self {
            rate: quota.max_send_rate().max(SLOWEST),
            quota_left: most < 0.0 || quota.sent_last24_hours() < most,
        }
    }
}

/// Nothing panics while it holds one of these.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
