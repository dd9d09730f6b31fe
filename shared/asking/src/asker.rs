//! Whoever asks billing tools.

use std::collections::BTreeMap;
use std::sync::Arc;

use dunning::policy::{self, Policy};
use dunning::value::{AccountId, SourceName};
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError, Places, Rate};
use runtime::{Clock, SecretStore};
use sources::Tool;
use sources::ask::{Answer, AskError, Asking, Key, Page, Place, Question, Reply};

use crate::http::{Http, NoAnswer};

/// How long a call waits for its place in the tool's row.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// Whoever asks billing tools. Cloning gives another hand on the same one.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The user's policy.
    pub policy: Arc<Policy>,
    /// The tools behind the policy's sources.
    pub tools: BTreeMap<SourceName, Tool>,
    /// The keys, by source.
    pub keys: SecretStore,
    /// The way to the tools.
    pub http: Http,
    /// Where the row of calls stands.
    pub ledger: Ledger,
    /// The time.
    pub clock: Clock,
}

/// Why nothing was learned from a tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unasked {
    /// Its answer is none.
    #[error(transparent)]
    Answer(#[from] AskError),
    /// There is no answer.
    #[error("{0}")]
    NoAnswer(String),
    /// All the calls that the tool allows are made.
    #[error("the tool allows no more calls before {}", .until.strftime("%Y-%m-%d %H:%M:%S UTC"))]
    NoPlace {
        /// When the next may be made.
        until: Timestamp,
    },
}

/// A source that can be asked: there is a key.
pub struct Source<'a> {
    asker: &'a Asker,
    name: &'a SourceName,
    settings: &'a policy::Source,
    asking: Asking<'a>,
    key: Key,
}

impl Asker {
    /// Reads the keys, and compiles the filters of the sources that have one.
    pub async fn prepare(&self) {
        for source in self.keys.read_ahead(self.tools.keys()).await {
            if let Some(tool) = self.tools.get(&source) {
                // What is wrong with it is said when it is asked.
                let _ = tool.asking();
            }
        }
    }

    /// A source that can be asked; nothing for one whose tool cannot, and for one without a key.
    pub async fn source<'a>(&'a self, name: &'a SourceName) -> Result<Option<Source<'a>>, Unasked> {
        let (Some(tool), Some(settings)) = (self.tools.get(name), self.policy.sources.get(name))
        else {
            return Ok(None);
        };
        // Before anything is compiled.
        let key = self.keys.find(name).await;
        let key = key.map_err(|why| Unasked::NoAnswer(why.to_string()))?;
        let Some(key) = key else { return Ok(None) };
        let asking = tool
            .asking()
            .map_err(|why| Unasked::NoAnswer(why.to_string()))?;
        let Some(asking) = asking else {
            return Ok(None);
        };
        let key = Key::parse(&key).map_err(|_| AskError::KeyRefused { status: 401 })?;
        Ok(Some(Source {
            asker: self,
            name,
            settings,
            asking,
            key,
        }))
    }
}

impl<'a> Source<'a> {
    /// What can be asked of it.
    pub fn asking(&self) -> &Asking<'a> {
        &self.asking
    }

    /// Takes so many places in the tool's row. Gives when the first call may be made.
    pub async fn take_places(&self, calls: u32) -> Result<Timestamp, Unasked> {
        let now = self.asker.clock.now();
        let places = self
            .asker
            .ledger
            .take_places(self.name, self.rate(), calls, PATIENCE, now);
        match places.await {
            Ok(Places::From(first)) => Ok(first),
            Ok(Places::NoneFor(wait)) => Err(Unasked::NoPlace {
                until: now.saturating_add(wait).unwrap_or(now),
            }),
            Err(LedgerError::LostRace) => Err(Unasked::NoPlace {
                until: now.saturating_add(PATIENCE).unwrap_or(now),
            }),
            Err(why) => Err(Unasked::NoAnswer(why.to_string())),
        }
    }

    pub(crate) fn rate(&self) -> Rate {
        let pace = self.asking.pace();
        Rate {
            between: pace.between,
            per_day: pace.per_day,
        }
    }

    /// Asks once its place has come.
    pub async fn ask(
        &self,
        account: Option<&AccountId>,
        question: &Question,
        page: Option<&Page>,
        at: Timestamp,
    ) -> Result<Reply, Unasked> {
        self.asker.http.wait_until(at).await;
        let place = Place {
            settings: self.settings,
            source: self.name,
            account,
        };
        let request = self
            .asking
            .request(&self.key, &place, question, page)
            .map_err(AskError::from)?;
        let most = question.kind().largest_answer();
        let came = self.asker.http.send(&request, most).await;
        let came = came.map_err(|why: NoAnswer| Unasked::NoAnswer(why.to_string()))?;
        let answer = Answer {
            status: came.status,
            headers: &came.headers,
            body: &came.body,
            asked_at: came.asked_at,
            took: came.took,
        };
        let reply = self.asking.read(&place, question, page, &answer);
        if let Err(AskError::TooMany { retry_after }) = &reply {
            self.let_rest(*retry_after).await;
        }
        Ok(reply?)
    }

    /// The tool asked for patience: all workers have it.
    async fn let_rest(&self, wait: Option<SignedDuration>) {
        let now = self.asker.clock.now();
        let until = now.saturating_add(wait.unwrap_or(UNSAID)).unwrap_or(now);
        let noted = self
            .asker
            .ledger
            .free_no_place_before(self.name, until)
            .await;
        if let Err(error) = noted {
            tracing::warn!(source = %self.name, %error, "that the tool wants patience was not noted");
        }
    }
}

/// How long a tool is let rest that does not say for how long.
const UNSAID: SignedDuration = SignedDuration::from_mins(1);
