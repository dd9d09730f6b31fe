//! Whoever asks billing tools.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dunning::billing::Collection;
use dunning::policy::{self, Policy};
use dunning::value::{AccountId, SourceName};
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError, Places, Rate};
use runtime::{Clock, SecretStore};
use sources::Tool;
use sources::ask::{AskError, AskRequest, Asking, Key, Kind, Page, Place, Question, Reply};

use crate::http::{Came, Http, NoAnswer};
use crate::tokens::Tokens;

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
    /// What keys have bought.
    pub tokens: Tokens,
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

/// What is asked, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What.
    pub question: &'a Question,
    /// Which page of it, but for the first.
    pub page: Option<&'a Page>,
    /// The account that the tool's events name.
    pub account: Option<&'a AccountId>,
    /// Who moves first to get an invoice's money: some tools do not say it when they are asked.
    pub collection: Option<Collection>,
}

impl Unasked {
    /// For a log, which is read by others than whoever may read the books: what made no sense may quote an address.
    pub fn in_log(&self) -> String {
        match self {
            Self::Answer(AskError::Nonsense(why)) => {
                format!("the answer makes no sense: {}", why.field)
            }
            why => why.to_string(),
        }
    }

    /// Whether it may be otherwise after a while, whatever anybody does.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Answer(why) => why.is_passing(),
            Self::NoAnswer(_) | Self::NoPlace { .. } => true,
        }
    }

    /// Whether it is for whoever looks after the key, or after the policy.
    pub fn is_of_the_key(&self) -> bool {
        match self {
            Self::Answer(why) => why.is_of_the_key() || matches!(why, AskError::Misconfigured(_)),
            Self::NoAnswer(_) | Self::NoPlace { .. } => false,
        }
    }
}

impl<'a> Asked<'a> {
    /// Of the account that the key is of, from the beginning.
    pub fn new(question: &'a Question) -> Self {
        Self {
            question,
            page: None,
            account: None,
            collection: None,
        }
    }
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
    /// With the tools behind a policy's sources. By the way's own clock it is known when a call may be made.
    pub fn new(
        policy: Arc<Policy>,
        policy_folder: &Path,
        keys: SecretStore,
        http: Http,
        ledger: Ledger,
    ) -> Self {
        Self {
            tools: Tool::of_policy(&policy, policy_folder),
            policy,
            keys,
            clock: http.clock(),
            http,
            ledger,
            tokens: Tokens::default(),
        }
    }

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
        // Before anything is read that is not needed.
        if !tool.can_be_asked() {
            return Ok(None);
        }
        let key = self.keys.find(name).await;
        let key = key.map_err(|why| Unasked::NoAnswer(why.to_string()))?;
        let Some(key) = key else { return Ok(None) };
        let asking = tool.asking().map_err(AskError::from)?;
        let Some(asking) = asking else {
            return Ok(None);
        };
        let is_refused = |_| AskError::KeyRefused { status: 401 };
        let key = Key::parse(&key).map_err(|_| AskError::KeyRefused { status: 401 })?;
        asking.check_key(&key, settings.mode).map_err(is_refused)?;
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

    pub(crate) fn now(&self) -> Timestamp {
        self.asker.clock.now()
    }

    pub(crate) fn rate(&self) -> Rate {
        let pace = self.asking.pace();
        Rate {
            between: pace.between,
            per_day: pace.per_day,
        }
    }

    /// Asks once its place has come.
    pub async fn ask(&self, asked: Asked<'_>, at: Timestamp) -> Result<Reply, Unasked> {
        self.asker.http.wait_until(at).await;
        let place = Place {
            settings: self.settings,
            source: self.name,
            account: asked.account,
        };
        let reply = self.ask_with_proof(&place, asked).await;
        if let Err(Unasked::Answer(AskError::TooMany { retry_after })) = &reply {
            self.let_rest(*retry_after).await;
        }
        reply
    }

    async fn ask_with_proof(&self, place: &Place<'_>, asked: Asked<'_>) -> Result<Reply, Unasked> {
        if !self.asking.needs_token() {
            return self.ask_once(&self.key, place, asked).await;
        }
        let tokens = &self.asker.tokens;
        let (now, known) = (self.asker.clock.now(), tokens.get(self.name));
        let known = known.filter(|(_, until)| *until > now);
        if let Some((token, _)) = &known {
            match self.ask_once(token, place, asked).await {
                Err(Unasked::Answer(AskError::KeyRefused { .. })) => tokens.forget(self.name),
                reply => return reply,
            }
        }
        let token = self.buy_token(place).await?;
        let at = self.take_places(1).await?;
        self.asker.http.wait_until(at).await;
        self.ask_once(&token, place, asked).await
    }

    async fn buy_token(&self, place: &Place<'_>) -> Result<Key, Unasked> {
        let request = self.asking.token_request(&self.key, place);
        let request = request.map_err(AskError::from)?;
        let came = self.send(&request, Kind::Invoice.largest_answer()).await?;
        let token = self.asking.read_token(&self.key, &came.answer())?;
        if token.rotated.is_some() {
            tracing::warn!(source = %self.name, "the tool has given another key, which is not kept");
        }
        let until = came.asked_at.saturating_add(token.expires_in);
        let until = until.unwrap_or(came.asked_at);
        self.asker
            .tokens
            .keep(self.name, token.value.clone(), until);
        Ok(token.value)
    }

    async fn ask_once(
        &self,
        proof: &Key,
        place: &Place<'_>,
        asked: Asked<'_>,
    ) -> Result<Reply, Unasked> {
        let Asked { question, page, .. } = asked;
        let request = self.asking.request(proof, place, question, page);
        let request = request.map_err(AskError::from)?;
        let came = self
            .send(&request, question.kind().largest_answer())
            .await?;
        let reply =
            self.asking
                .read_knowing(asked.collection, place, question, page, &came.answer());
        Ok(reply?)
    }

    /// It only reads, so that one of which nothing was heard, as on a connection that died while nobody looked, is sent
    /// once more, at a place of its own.
    async fn send(&self, request: &AskRequest, most: usize) -> Result<Came, Unasked> {
        let http = &self.asker.http;
        let mut came = http.send(request, most).await;
        if came.as_ref().is_err_and(|why| *why == NoAnswer::NotReached) {
            let again = self.take_places(1).await?;
            http.wait_until(again).await;
            came = http.send(request, most).await;
        }
        came.map_err(|why| match why {
            NoAnswer::TooLarge(most) => AskError::TooLarge { most }.into(),
            NoAnswer::NotReached => Unasked::NoAnswer(why.to_string()),
        })
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
