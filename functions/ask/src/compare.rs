//! The comparison of a source's open invoices with the tool's own.
//!
//! First the tool lists all that it calls open, page by page: each invoice is merged as an answer. Then the index says
//! what the files call open; whatever is in there and was not listed is asked for by itself.

use asking::{Asked, Source, Unasked};
use dunning::billing::InvoiceEvent;
use dunning::file::{NotShown, Unseen};
use dunning::journal::{Notice, NoticeKind};
use dunning::limits::ASK_SPARE;
use dunning::rules::{Context, not_shown};
use dunning::value::{AccountId, DebtorKey, InvoiceId, SourceName};
use intake::Taken;
use jiff::{SignedDuration, Timestamp};
use ledger::{AsRead, Comparison, LedgerError, Listed, Pointer};
use sources::ask::{AskError, Kind, Page, Question};
use sources::no_account;

use crate::{Ask, Done, NotDone, patience, shown};

/// A comparison that was not done by then is begun anew.
const LONGEST: SignedDuration = SignedDuration::from_hours(20);
/// So many pages are read before it is kept how far it has come.
const PAGES: u32 = 40;

/// A comparison that is under way.
struct Run<'a> {
    ask: &'a Ask,
    source: Source<'a>,
    name: &'a SourceName,
    read: Option<AsRead>,
    comparison: Comparison,
    listed: Listed,
    deadline: Timestamp,
}

impl Ask {
    /// Compares, from where it stopped.
    pub(crate) async fn compare(
        &self,
        name: &SourceName,
        deadline: Timestamp,
    ) -> Result<Done, NotDone> {
        let now = self.clock.now();
        let source = match self.asker.source(name).await {
            Ok(Some(source)) => source,
            Ok(None) => return Ok(Done::Wholly),
            Err(why) => {
                tracing::warn!(source = %name, error = %why, "not compared");
                return Ok(Done::InPart(patience(&why, now)));
            }
        };
        if !source.asking().can(Kind::AllOpen) {
            return Ok(Done::Wholly);
        }
        let known = self.ledger.comparison(name).await?;
        let (read, known) =
            known.map_or((None, None), |known| (Some(known.read), Some(known.value)));
        let told_unknown = known.as_ref().map_or(0, |known| known.told_unknown);
        let goes_on = known.filter(|known| {
            known.done_at.is_none() && now.duration_since(known.began_at) < LONGEST
        });
        let comparison = goes_on.unwrap_or_else(|| Comparison {
            told_unknown,
            ..Comparison::new(now)
        });
        let mut run = Run {
            ask: self,
            listed: self.ledger.listed(name, &comparison).await?,
            source,
            name,
            read,
            comparison,
            deadline,
        };
        match run.go().await {
            // Somebody else compares, too.
            Err(NotDone::Ledger(LedgerError::LostRace)) => Ok(Done::Wholly),
            done => done,
        }
    }
}

impl Run<'_> {
    async fn go(&mut self) -> Result<Done, NotDone> {
        while !self.comparison.is_listed {
            let stopped = self.list().await?;
            self.keep().await?;
            if let Some(delay) = stopped {
                return Ok(Done::InPart(delay));
            }
        }
        if let Some(delay) = self.ask_for_the_absent().await? {
            self.keep().await?;
            return Ok(Done::InPart(delay));
        }
        self.finish().await?;
        Ok(Done::Wholly)
    }

    fn has_time(&self) -> bool {
        self.ask.clock.has_time(self.deadline, ASK_SPARE)
    }

    async fn keep(&mut self) -> Result<(), NotDone> {
        let now = self.ask.clock.now();
        let ledger = &self.ask.ledger;
        let kept = ledger.put_comparison(
            self.name,
            self.read.as_ref(),
            &mut self.comparison,
            &mut self.listed,
            now,
        );
        self.read = Some(kept.await?);
        Ok(())
    }

    /// Reads some pages. Gives after how long it goes on, where it cannot now.
    async fn list(&mut self) -> Result<Option<SignedDuration>, NotDone> {
        for _ in 0..PAGES {
            if !self.has_time() {
                return Ok(Some(SignedDuration::ZERO));
            }
            let page = self.comparison.page.as_deref();
            // Kept by another version, it may not be read: the list begins anew.
            let page: Option<Page> = page.and_then(|page| serde_json::from_str(page).ok());
            let reply = match self.ask(None, &Question::AllOpen, page.as_ref()).await {
                Ok(reply) => reply,
                Err(why) => return Ok(Some(self.waits(&why))),
            };
            for said in &reply.said {
                if let Some(event) = shown(said) {
                    self.listed.note(&event.invoice.id);
                    self.take(event, Kind::AllOpen).await?;
                }
            }
            self.comparison.page = reply
                .next
                .and_then(|next| serde_json::to_string(&next).ok());
            if self.comparison.page.is_none() {
                self.comparison.is_listed = true;
                return Ok(None);
            }
        }
        Ok(None)
    }

    async fn ask(
        &self,
        account: Option<&AccountId>,
        question: &Question,
        page: Option<&Page>,
    ) -> Result<sources::ask::Reply, Unasked> {
        let at = self.source.take_places(1).await?;
        let asked = Asked {
            page,
            account,
            ..Asked::new(question)
        };
        self.source.ask(asked, at).await
    }

    fn waits(&self, why: &Unasked) -> SignedDuration {
        tracing::warn!(source = %self.name, error = %why, "comparison waits");
        patience(why, self.ask.clock.now())
    }

    /// Merges what the tool shows. What nobody has told of is not begun with here: it may be of the time before Relance.
    async fn take(&mut self, event: &InvoiceEvent, asked: Kind) -> Result<(), NotDone> {
        self.comparison.compared += 1;
        let known = self.ask.ledger.pointer(&event.realm, &event.invoice.id);
        match known.await? {
            Pointer::Unknown(_) => self.comparison.unknown += 1,
            Pointer::To(_) => {
                let intake = self.ask.intake();
                let taken = if self.source.asking().is_whole(asked) {
                    intake.take_answer(event).await?
                } else {
                    intake.take_listed(event).await?
                };
                self.comparison.different += u64::from(taken == Taken::Stored);
            }
        }
        Ok(())
    }

    /// What the files call open and the tool has not listed. Gives after how long it goes on, where it cannot now.
    async fn ask_for_the_absent(&mut self) -> Result<Option<SignedDuration>, NotDone> {
        let open = self.ask.ledger.open_of(self.name).await?;
        for (debtor, invoice) in open {
            if self.listed.has(&invoice) {
                continue;
            }
            if !self.has_time() {
                return Ok(Some(SignedDuration::ZERO));
            }
            if let Err(why) = self.ask_for_one(&debtor, &invoice).await? {
                return Ok(Some(self.waits(&why)));
            }
            self.listed.note(&invoice);
        }
        Ok(None)
    }

    async fn ask_for_one(
        &mut self,
        debtor: &DebtorKey,
        invoice: &InvoiceId,
    ) -> Result<Result<(), Unasked>, NotDone> {
        let account = &debtor.realm.account;
        let account = (*account != no_account()).then_some(account);
        let question = Question::Invoice(invoice.clone());
        match self.ask(account, &question, None).await {
            Ok(reply) => {
                for event in reply.said.iter().filter_map(shown) {
                    self.take(event, Kind::Invoice).await?;
                }
            }
            Err(Unasked::Answer(AskError::NoSuchInvoice)) => {
                self.comparison.compared += 1;
                self.hold(debtor, invoice).await?;
            }
            // Of this one alone.
            Err(Unasked::Answer(
                why @ (AskError::OtherInvoice
                | AskError::OtherCustomer
                | AskError::OtherAccount
                | AskError::OtherMode
                | AskError::Silent
                | AskError::NotUnderstood { .. }
                | AskError::Nonsense(_)),
            )) => tracing::warn!(source = %self.name, %invoice, error = %why, "not compared"),
            Err(why) => return Ok(Err(why)),
        }
        Ok(Ok(()))
    }

    /// The tool has it no more: it waits for a person, as before a mail about it.
    async fn hold(&mut self, debtor: &DebtorKey, invoice: &InvoiceId) -> Result<(), NotDone> {
        let Ask {
            ledger,
            policy,
            clock,
            ..
        } = self.ask;
        let seen = NotShown {
            at: clock.now(),
            why: Unseen::Missing,
            released: false,
        };
        let hold = |file: &dunning::file::File| {
            not_shown(Context::new(policy, clock.now()), file, invoice, seen)
        };
        ledger.change_file(debtor, None, clock, hold).await?;
        Ok(())
    }

    /// The source is heard by it, and the team hears of what no webhook told.
    async fn finish(&mut self) -> Result<(), NotDone> {
        let now = self.ask.clock.now();
        let Comparison {
            compared,
            different,
            unknown,
            told_unknown,
            ..
        } = self.comparison;
        self.comparison.done_at = Some(now);
        self.comparison.told_unknown = unknown;
        self.keep().await?;
        tracing::info!(source = %self.name, compared, different, unknown, "compared");
        let ledger = &self.ask.ledger;
        ledger.note_accepted(self.name, now).await?;
        for (kind, count) in [
            (NoticeKind::NotTold, different),
            // Once, and again when there are more.
            (
                NoticeKind::NotImported,
                if unknown > told_unknown { unknown } else { 0 },
            ),
        ] {
            if count > 0 {
                let notice = Notice::new(kind, format!("{} ({count})", self.name));
                ledger.notify(notice.from_source(self.name), now).await?;
            }
        }
        Ok(())
    }
}
