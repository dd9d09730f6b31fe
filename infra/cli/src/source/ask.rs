//! `relance source try --ask`: the tool itself is asked, and nothing is kept.

use asking::{Came, Http, NoAnswer};
use clap::Args;
use dunning::value::{AccountId, BadId, CustomerId, InvoiceId, SourceName};
use runtime::SecretError;
use sources::Misconfigured;
use sources::ask::{AskError, AskRequest, Asking, Key, Place, Question, Reply};

use super::{Subject, words};
use crate::aws::{Account, AwsError};
use crate::key::{self, BadKey};
use crate::stack::Stack;

/// So much of an answer that is none is shown.
const SHOWN: usize = 1000;

/// What is asked, and by which key.
#[derive(Args)]
pub(super) struct Ask {
    /// Ask the tool: `invoice ID`, `open-of CUSTOMER`, `unapplied CUSTOMER`, `customer CUSTOMER` or `all-open`. The
    /// key is that of `RELANCE_KEY`, else the stack's, else it is asked for
    #[arg(
        long = "ask",
        num_args = 1..=2,
        value_names = ["WHAT", "ID"],
        conflicts_with_all = ["payload", "headers"]
    )]
    question: Option<Vec<String>>,
    /// The account at the tool, where its own events name one
    #[arg(long, value_parser = |account: &str| AccountId::parse(account))]
    account: Option<AccountId>,
    /// The stack whose key is shown to the tool
    #[arg(long, value_name = "NAME", env = "RELANCE_STACK")]
    stack: Option<String>,
}

/// Why the tool was not asked, or what is wrong with its answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAsked {
    #[error(
        "--ask takes one of `invoice ID`, `open-of CUSTOMER`, `unapplied CUSTOMER`, `customer CUSTOMER` and `all-open`"
    )]
    Question,
    #[error(transparent)]
    Id(#[from] BadId),
    #[error("the key of {0}: {1}")]
    Key(SourceName, BadKey),
    #[error("the key cannot be read: {0}")]
    Unread(#[from] std::io::Error),
    #[error("{0} has no key in the stack: relance secret set {0} --key --stack {1}")]
    NoKey(SourceName, String),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    Answer(#[from] AskError),
}

impl Ask {
    /// Asks, and shows what is understood. Gives how much of it makes no sense.
    pub(super) async fn run(
        &self,
        subject: &Subject,
        account: &Account,
    ) -> Result<usize, NotAsked> {
        let bad = |why| NotAsked::Key(subject.name.clone(), why);
        let question = question(self.question.as_deref().unwrap_or_default())?;
        let asking = key::asking(&subject.tool).map_err(bad)?;
        let key = self.key(subject, account).await?;
        let key = key::judge(&asking, &subject.settings, &key).map_err(bad)?;
        let way = Way {
            http: Http::system(),
            place: Place {
                settings: &subject.settings,
                source: &subject.name,
                account: self.account.as_ref(),
            },
            asking,
        };
        let reply = way.ask(&key, &question).await?;
        Ok(show(&reply))
    }

    async fn key(&self, subject: &Subject, account: &Account) -> Result<String, NotAsked> {
        let name = &subject.name;
        if let Some(key) = key::of_environment() {
            return Ok(key);
        }
        let Some(stack) = &self.stack else {
            return Ok(key::read(&format!("The key of {name}"))?);
        };
        let stack = Stack::open(stack, account.config().await?).await?;
        let key = stack.keys()?.find(name).await?;
        let key = key.ok_or_else(|| NotAsked::NoKey(name.clone(), stack.name));
        Ok(key?.to_string())
    }
}

/// How a tool is reached.
struct Way<'a> {
    http: Http,
    asking: Asking<'a>,
    place: Place<'a>,
}

impl Way<'_> {
    async fn ask(&self, key: &Key, question: &Question) -> Result<Reply, NotAsked> {
        let (asking, place) = (&self.asking, &self.place);
        let token;
        let proof = if asking.needs_token() {
            let came = self
                .send(&asking.token_request(key, place)?, question)
                .await?;
            let bought = asking.read_token(key, &came.answer());
            token = bought.inspect_err(|_| show_body(&came, key))?.value;
            &token
        } else {
            key
        };
        let request = asking.request(proof, place, question, None)?;
        let came = self.send(&request, question).await?;
        let reply = asking.read(place, question, None, &came.answer());
        Ok(reply.inspect_err(|_| show_body(&came, proof))?)
    }

    /// Shows the request, without the proof, and how it was answered.
    async fn send(&self, request: &AskRequest, question: &Question) -> Result<Came, NoAnswer> {
        println!("{request:?}");
        let came = self.http.send(request, question.kind().largest_answer());
        let came = came.await?;
        println!(
            "=> status {}, {} bytes, {} ms",
            came.status,
            came.body.len(),
            came.took.as_millis()
        );
        Ok(came)
    }
}

fn question(words: &[String]) -> Result<Question, NotAsked> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Ok(match words[..] {
        ["invoice", id] => Question::Invoice(InvoiceId::parse(id)?),
        ["open-of", id] => Question::OpenOf(CustomerId::parse(id)?),
        ["unapplied", id] => Question::Unapplied(CustomerId::parse(id)?),
        ["customer", id] => Question::Customer(CustomerId::parse(id)?),
        ["all-open"] => Question::AllOpen,
        _ => return Err(NotAsked::Question),
    })
}

fn show(reply: &Reply) -> usize {
    reply.said.iter().for_each(words::say);
    for nonsense in &reply.nonsense {
        println!("=> makes no sense: {nonsense}");
    }
    if reply.said.is_empty() && reply.nonsense.is_empty() {
        println!("=> nothing");
    }
    if reply.next.is_some() {
        println!("=> the list goes on: this was its first page");
    }
    reply.nonsense.len()
}

/// Tools say why they refuse, and may show the key in it.
fn show_body(came: &Came, key: &Key) {
    let body = String::from_utf8_lossy(&came.body).replace(key.reveal(), "…");
    let shown: String = body.chars().take(SHOWN).collect();
    println!("{}", shown.trim_end());
}
