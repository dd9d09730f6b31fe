//! The last look: what a tool says of the invoices of a mail, right before it leaves.

use std::collections::BTreeMap;
use std::time::Duration;

use dunning::billing::{Collection, Snapshot};
use dunning::file::Unseen;
use dunning::journal::Blind;
use dunning::limits::LOOKS_ONE_BY_ONE;
use dunning::rules::{ASK_AGAIN_IN, NotSeen, Seen};
use dunning::value::{AccountId, DebtorKey, InvoiceId, SourceName};
use jiff::{SignedDuration, Timestamp};
use sources::ask::{AskError, Kind, Question, Reply};
use sources::{Translation, no_account};
use tokio::time::timeout;

use crate::asker::{Asked, Asker, Source, Unasked};

/// What a look came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looking {
    /// What the tool said of each invoice, and when it was asked.
    pub seen: BTreeMap<InvoiceId, (Timestamp, Seen)>,
    /// It did not say of the rest.
    pub blind: Option<NotSeen>,
    /// All that it said: to be taken into the file.
    pub said: Vec<Translation>,
    /// It does not list what a customer owes as it should: its invoices are asked for one by one.
    pub is_listed_badly: bool,
}

/// How a source is asked for a mail's invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Not at all: there is no key.
    None,
    /// One by one: a mail is about no more than are asked for.
    OneByOne,
    /// All of a customer's in one list.
    ByCustomer,
}

/// A look is given up after so long: what it looked at first must be good for the mail still, and the function has its
/// time.
const LONGEST: Duration = Duration::from_secs(20);

/// A look that is under way.
struct Glance<'a> {
    source: Source<'a>,
    debtor: &'a DebtorKey,
    account: Option<&'a AccountId>,
    /// When the next call may be made.
    next: Timestamp,
    wanted: &'a BTreeMap<InvoiceId, Collection>,
    looking: Looking,
}

impl Asker {
    /// How a source is asked for a mail's invoices. Whatever keeps its key from being read now is said by the look.
    pub async fn way(&self, source: &SourceName) -> Way {
        match self.source(source).await {
            Ok(None) => Way::None,
            Ok(Some(source)) if source.asking().is_whole(Kind::OpenOf) => Way::ByCustomer,
            Ok(Some(_)) | Err(_) => Way::OneByOne,
        }
    }

    /// Asks for these invoices of a debtor, and for its money that is on none. Whatever was heard in time counts.
    pub async fn look(
        &self,
        debtor: &DebtorKey,
        invoices: &BTreeMap<InvoiceId, Collection>,
    ) -> Looking {
        let source = match self.source(&debtor.realm.source).await {
            Ok(Some(source)) => source,
            Ok(None) => return Looking::default(),
            Err(why) => {
                return Looking {
                    blind: Some(self.blind(&why)),
                    ..Looking::default()
                };
            }
        };
        let account = &debtor.realm.account;
        let mut glance = Glance {
            source,
            debtor,
            account: (*account != no_account()).then_some(account),
            next: self.clock.now(),
            wanted: invoices,
            looking: Looking::default(),
        };
        let asked = timeout(LONGEST, glance.ask()).await;
        let asked = asked.unwrap_or_else(|_| Err(Unasked::NoAnswer("it took too long".to_owned())));
        let mut looking = glance.looking;
        if let Err(why) = asked {
            let source = &debtor.realm.source;
            tracing::warn!(%source, error = why.in_log(), "the tool did not say what is owed");
            looking.blind = Some(self.blind(&why));
        }
        looking
    }

    fn blind(&self, why: &Unasked) -> NotSeen {
        let again = |wait: SignedDuration| wait.clamp(SignedDuration::from_mins(1), ASK_AGAIN_IN);
        let (why, again_in) = match why {
            Unasked::NoPlace { until } => {
                let wait = until.duration_since(self.clock.now());
                (Blind::Busy, again(wait))
            }
            Unasked::Answer(AskError::TooMany { retry_after }) => {
                let wait = retry_after.unwrap_or(SignedDuration::from_mins(5));
                (Blind::Busy, again(wait))
            }
            Unasked::Answer(AskError::KeyRefused { .. } | AskError::OtherMode) => {
                (Blind::KeyRefused, ASK_AGAIN_IN)
            }
            Unasked::Answer(AskError::NotAllowed { .. }) => (Blind::NotAllowed, ASK_AGAIN_IN),
            Unasked::Answer(AskError::Misconfigured(_)) => (Blind::Unaskable, ASK_AGAIN_IN),
            Unasked::Answer(_) | Unasked::NoAnswer(_) => (Blind::NoAnswer, ASK_AGAIN_IN),
        };
        NotSeen { why, again_in }
    }
}

impl Glance<'_> {
    async fn ask(&mut self) -> Result<(), Unasked> {
        let asking = *self.source.asking();
        if self.wanted.len() > LOOKS_ONE_BY_ONE && asking.is_whole(Kind::OpenOf) {
            self.ask_for_open().await?;
        }
        let seen = &self.looking.seen;
        let left = self.wanted.iter().filter(|(id, _)| !seen.contains_key(*id));
        let left: Vec<(&InvoiceId, &Collection)> = left.take(LOOKS_ONE_BY_ONE).collect();
        let money = asking.can(Kind::Unapplied);
        let calls = left.len() + usize::from(money);
        if calls == 0 {
            return Ok(());
        }
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        self.next = self.source.take_places(calls).await?;
        for (id, collection) in left {
            self.ask_for_one(id, *collection).await?;
        }
        if money {
            self.ask_for_money().await?;
        }
        Ok(())
    }

    /// Asks, at the next of the places that were taken.
    async fn put(&mut self, asked: Asked<'_>) -> Result<Reply, Unasked> {
        let at = self.next;
        let between = self.source.rate().between;
        self.next = at.saturating_add(between).unwrap_or(at);
        let account = self.account;
        self.source.ask(Asked { account, ..asked }, at).await
    }

    async fn ask_for_one(&mut self, id: &InvoiceId, collection: Collection) -> Result<(), Unasked> {
        let question = Question::Invoice(id.clone());
        let asked = Asked {
            collection: Some(collection),
            ..Asked::new(&question)
        };
        let at = self.source.now();
        let seen = match self.put(asked).await {
            Ok(reply) => {
                let shown = reply.said.iter().filter_map(Translation::shown);
                let shown = shown
                    .map(|event| &event.invoice)
                    .find(|shown| shown.id == *id);
                let is_whole = reply.nonsense.is_empty();
                self.looking.said.extend(reply.said.clone());
                shown
                    .filter(|_| is_whole)
                    .map_or(Seen::Unseen(Unseen::Nonsense), seen)
            }
            Err(Unasked::Answer(AskError::NoSuchInvoice)) => Seen::Unseen(Unseen::Missing),
            // Of this invoice alone: it stops none of the others.
            Err(
                ref why @ Unasked::Answer(
                    AskError::OtherInvoice
                    | AskError::OtherCustomer
                    | AskError::OtherAccount
                    | AskError::Silent
                    | AskError::Nonsense(_)
                    | AskError::NotUnderstood { .. }
                    | AskError::TooLarge { .. },
                ),
            ) => {
                tracing::warn!(invoice = %id, error = why.in_log(), "the tool does not show an invoice as it should");
                Seen::Unseen(Unseen::Nonsense)
            }
            Err(why) => return Err(why),
        };
        self.looking.seen.insert(id.clone(), (at, seen));
        Ok(())
    }

    /// All that the customer owes, in one list. What is not in it is asked for by itself, since it must be known why;
    /// what nobody asked for is not begun with here. A list that says nothing is none.
    async fn ask_for_open(&mut self) -> Result<(), Unasked> {
        let question = Question::OpenOf(self.debtor.customer.clone());
        let mut page = None;
        loop {
            self.next = self.source.take_places(1).await?;
            let at = self.source.now();
            let page_of_it = Asked {
                page: page.as_ref(),
                ..Asked::new(&question)
            };
            let reply = match self.put(page_of_it).await {
                Err(why @ Unasked::Answer(_)) if !why.is_passing() && !why.is_of_the_key() => {
                    tracing::warn!(error = why.in_log(), "the tool does not list what is owed");
                    self.looking.is_listed_badly = true;
                    return Ok(());
                }
                reply => reply?,
            };
            for said in reply.said {
                if let Some(event) = said.shown()
                    && self.wanted.contains_key(&event.invoice.id)
                {
                    let seen = (at, seen(&event.invoice));
                    self.looking.seen.insert(event.invoice.id.clone(), seen);
                    self.looking.said.push(said);
                }
            }
            match reply.next {
                Some(next) => page = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A key that may not read it, or a customer that has none, says nothing of money.
    async fn ask_for_money(&mut self) -> Result<(), Unasked> {
        let question = Question::Unapplied(self.debtor.customer.clone());
        match self.put(Asked::new(&question)).await {
            Ok(reply) => self.looking.said.extend(reply.said),
            Err(Unasked::Answer(
                why @ (AskError::NotAllowed { .. }
                | AskError::NoSuchCustomer
                | AskError::NotUnderstood { .. }
                | AskError::Silent
                | AskError::Nonsense(_)),
            )) => {
                tracing::warn!(source = %self.debtor.realm.source, error = Unasked::from(why).in_log(), "the tool did not say what money is on no invoice");
            }
            Err(why) => return Err(why),
        }
        Ok(())
    }
}

fn seen(snapshot: &Snapshot) -> Seen {
    if snapshot.is_owed() {
        Seen::Owed(snapshot.remaining)
    } else {
        Seen::Unseen(Unseen::Settled)
    }
}
