//! The last look: what a tool says of the invoices of a mail, right before it leaves.

use std::collections::BTreeMap;

use dunning::billing::{Collection, Snapshot, Status};
use dunning::file::Unseen;
use dunning::journal::Blind;
use dunning::limits::LOOKS_ONE_BY_ONE;
use dunning::rules::{ASK_AGAIN_IN, Looked, Seen};
use dunning::value::{AccountId, DebtorKey, InvoiceId, SourceName};
use jiff::{SignedDuration, Timestamp};
use sources::ask::{AskError, Kind, Question, Reply};
use sources::{Translation, no_account};

use crate::asker::{Asked, Asker, Source, Unasked};

/// What a look came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Looking {
    /// What is known by it.
    pub looked: Looked,
    /// All that the tool said: to be taken into the file.
    pub said: Vec<Translation>,
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

impl Looking {
    fn without(looked: Looked) -> Self {
        Self {
            looked,
            said: Vec::new(),
        }
    }
}

/// A look that is under way.
struct Glance<'a> {
    source: Source<'a>,
    debtor: &'a DebtorKey,
    account: Option<&'a AccountId>,
    /// When the next call may be made.
    next: Timestamp,
    seen: BTreeMap<InvoiceId, Seen>,
    said: Vec<Translation>,
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

    /// Asks for these invoices of a debtor, and for its money that is on none.
    pub async fn look(
        &self,
        debtor: &DebtorKey,
        invoices: &BTreeMap<InvoiceId, Collection>,
    ) -> Looking {
        let source = match self.source(&debtor.realm.source).await {
            Ok(Some(source)) => source,
            Ok(None) => return Looking::without(Looked::NoKey),
            Err(why) => return Looking::without(self.blind(&why)),
        };
        let at = self.clock.now();
        let account = &debtor.realm.account;
        let mut glance = Glance {
            source,
            debtor,
            account: (*account != no_account()).then_some(account),
            next: at,
            seen: BTreeMap::new(),
            said: Vec::new(),
        };
        let looked = match glance.ask_for(invoices).await {
            Ok(()) => Looked::Seen {
                at,
                invoices: glance.seen,
            },
            Err(why) => {
                tracing::warn!(source = %debtor.realm.source, error = %why, "the tool did not say what is owed");
                self.blind(&why)
            }
        };
        Looking {
            looked,
            said: glance.said,
        }
    }

    fn blind(&self, why: &Unasked) -> Looked {
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
            Unasked::Answer(_) | Unasked::NoAnswer(_) => (Blind::NoAnswer, ASK_AGAIN_IN),
        };
        Looked::Blind { why, again_in }
    }
}

impl Glance<'_> {
    async fn ask_for(&mut self, invoices: &BTreeMap<InvoiceId, Collection>) -> Result<(), Unasked> {
        let asking = *self.source.asking();
        if invoices.len() > LOOKS_ONE_BY_ONE && asking.is_whole(Kind::OpenOf) {
            self.ask_for_open().await?;
        }
        let left: Vec<(&InvoiceId, Collection)> = invoices
            .iter()
            .filter(|(id, _)| !self.seen.contains_key(*id))
            .take(LOOKS_ONE_BY_ONE)
            .map(|(id, collection)| (id, *collection))
            .collect();
        let money = asking.can(Kind::Unapplied);
        let calls = left.len() + usize::from(money);
        if calls == 0 {
            return Ok(());
        }
        self.next = self
            .source
            .take_places(u32::try_from(calls).unwrap_or(u32::MAX))
            .await?;
        for (id, collection) in left {
            self.ask_for_one(id, collection).await?;
        }
        if money {
            self.ask_for_money().await?;
        }
        Ok(())
    }

    /// Asks, at the next of the places that were taken.
    async fn ask(&mut self, asked: Asked<'_>) -> Result<Reply, Unasked> {
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
        let seen = match self.ask(asked).await {
            Ok(reply) => {
                let shown = reply.said.iter().find_map(|said| shown(said, id));
                let is_whole = reply.nonsense.is_empty();
                self.said.extend(reply.said.clone());
                shown
                    .filter(|_| is_whole)
                    .map_or(Seen::Unseen(Unseen::Nonsense), seen)
            }
            Err(Unasked::Answer(AskError::NoSuchInvoice)) => Seen::Unseen(Unseen::Missing),
            // Of this invoice alone: it stops none of the others.
            Err(Unasked::Answer(
                AskError::OtherInvoice
                | AskError::OtherCustomer
                | AskError::OtherAccount
                | AskError::Silent
                | AskError::Nonsense(_),
            )) => Seen::Unseen(Unseen::Nonsense),
            Err(why) => return Err(why),
        };
        self.seen.insert(id.clone(), seen);
        Ok(())
    }

    /// All that the customer owes, in one list. What is not in it is asked for by itself, since it must be known why.
    async fn ask_for_open(&mut self) -> Result<(), Unasked> {
        let question = Question::OpenOf(self.debtor.customer.clone());
        let mut page = None;
        loop {
            self.next = self.source.take_places(1).await?;
            let page_of_it = Asked {
                page: page.as_ref(),
                ..Asked::new(&question)
            };
            let reply = self.ask(page_of_it).await?;
            for said in &reply.said {
                if let Some((id, snapshot)) = any(said) {
                    self.seen.insert(id.clone(), seen(snapshot));
                }
            }
            self.said.extend(reply.said);
            match reply.next {
                Some(next) => page = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A key that may not read it, or a customer that has none, says nothing of money.
    async fn ask_for_money(&mut self) -> Result<(), Unasked> {
        let question = Question::Unapplied(self.debtor.customer.clone());
        match self.ask(Asked::new(&question)).await {
            Ok(reply) => self.said.extend(reply.said),
            Err(Unasked::Answer(
                why @ (AskError::NotAllowed { .. }
                | AskError::NoSuchCustomer
                | AskError::NotUnderstood { .. }
                | AskError::Silent
                | AskError::Nonsense(_)),
            )) => {
                tracing::warn!(source = %self.debtor.realm.source, error = %why, "the tool did not say what money is on no invoice");
            }
            Err(why) => return Err(why),
        }
        Ok(())
    }
}

fn any(said: &Translation) -> Option<(&InvoiceId, &Snapshot)> {
    match said {
        Translation::Invoice(event) => Some((&event.invoice.id, &event.invoice)),
        _ => None,
    }
}

fn shown<'s>(said: &'s Translation, wanted: &InvoiceId) -> Option<&'s Snapshot> {
    any(said)
        .filter(|(id, _)| *id == wanted)
        .map(|(_, snapshot)| snapshot)
}

fn seen(snapshot: &Snapshot) -> Seen {
    if snapshot.status == Status::Open && snapshot.remaining.minor > 0 {
        Seen::Owed(snapshot.remaining)
    } else {
        Seen::Unseen(Unseen::Settled)
    }
}
