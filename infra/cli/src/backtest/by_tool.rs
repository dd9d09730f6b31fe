//! Last year's invoices and payments out of the billing tool itself, by its key: nothing need be deployed for it.

use std::time::Duration;

use asking::{Came, Http, NoAnswer};
use dunning::policy::Source;
use dunning::value::SourceName;
use jiff::{SignedDuration, Timestamp, ToSpan};
use sources::ask::{AskError, AskRequest, Asking, Key, Kind, Page, Place, Question, Reply};
use sources::{Misconfigured, Tool};

use super::told::{Told, Year};
use crate::key::{self, BadKey};
use crate::progress::Line;

/// So often in a row the tool may fail to say a page.
const ATTEMPTS: u32 = 5;
/// Whoever does not say when to come back is asked again after this, and after twice as long the next time.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(2);

/// Why the tool did not tell of last year.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    #[error(
        "{0} cannot be asked for what was issued in a year: export it, and say --invoices FILE"
    )]
    NoHistory(SourceName),
    #[error("the key of {0}: {1}")]
    Key(SourceName, BadKey),
    #[error("the key cannot be read: {0}")]
    Unread(#[from] std::io::Error),
    #[error(transparent)]
    Misconfigured(#[from] Misconfigured),
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    Answer(#[from] AskError),
}

/// Who is asked, and how.
struct Books<'a> {
    http: Http,
    asking: Asking<'a>,
    place: Place<'a>,
}

/// Asks for all that was issued in the twelve months before now.
pub(super) async fn read(
    tool: &Tool,
    source: &SourceName,
    settings: &Source,
    now: Timestamp,
) -> Result<Year, NotTold> {
    let bad = |why| NotTold::Key(source.clone(), why);
    let asking = key::asking(tool).map_err(bad)?;
    if !asking.can(Kind::IssuedSince) {
        return Err(NotTold::NoHistory(source.clone()));
    }
    let key = match key::of_environment() {
        Some(key) => key,
        None => key::read(&format!("The key of {source}"))?,
    };
    let key = key::judge(&asking, settings, &key).map_err(bad)?;
    let today = now.to_zoned(settings.time_zone.get().clone());
    let since = today.saturating_sub(1.year()).timestamp();
    let books = Books {
        http: Http::system(),
        asking,
        place: Place {
            settings,
            source,
            account: None,
        },
    };
    books.read(&key, &Question::issued_since(since), now).await
}

impl Books<'_> {
    async fn read(&self, key: &Key, question: &Question, now: Timestamp) -> Result<Year, NotTold> {
        let token;
        let proof = if self.asking.needs_token() {
            let request = self.asking.token_request(key, &self.place)?;
            let came = self.send(&request, question).await?;
            token = self.asking.read_token(key, &came.answer())?.value;
            &token
        } else {
            key
        };
        let (mut told, mut bad) = (Vec::new(), Vec::new());
        let mut line = Line::default();
        let mut page = None;
        loop {
            let request = self
                .asking
                .request(proof, &self.place, question, page.as_ref())?;
            let reply = self.patiently(&request, question, page.as_ref()).await;
            let reply = reply.inspect_err(|_| line.end())?;
            told.extend(reply.said.into_iter().map(Told::when_it_happened));
            bad.extend(reply.nonsense.iter().map(ToString::to_string));
            line.show(&format!("{} events of last year", told.len()));
            page = reply.next;
            if page.is_none() {
                line.end();
                return Ok(Year::of(told, bad).until(now));
            }
            sleep(self.asking.pace().between).await;
        }
    }

    /// Asks, and again after a while where the tool is busy.
    async fn patiently(
        &self,
        request: &AskRequest,
        question: &Question,
        page: Option<&Page>,
    ) -> Result<Reply, NotTold> {
        let mut wait = FIRST_WAIT;
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let why = match self.send(request, question).await {
                Err(why) => why.into(),
                Ok(came) => match self
                    .asking
                    .read(&self.place, question, page, &came.answer())
                {
                    Ok(reply) => return Ok(reply),
                    Err(why) if !why.is_passing() => return Err(why.into()),
                    Err(why) => {
                        if let AskError::TooMany {
                            retry_after: Some(after),
                        } = &why
                        {
                            wait = *after;
                        }
                        why.into()
                    }
                },
            };
            if left == 0 {
                return Err(why);
            }
            sleep(wait).await;
            wait *= 2;
        }
    }

    async fn send(&self, request: &AskRequest, question: &Question) -> Result<Came, NoAnswer> {
        let most = question.kind().largest_answer();
        self.http.send(request, most).await
    }
}

async fn sleep(wait: SignedDuration) {
    tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
}
