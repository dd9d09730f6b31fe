//! The comparison of a source's open invoices with the tool's own.
//!
//! First the tool lists all that it calls open, page by page: each invoice is merged as an answer. Then the index says
//! what the files call open; whatever is in there and was not listed is asked for by itself.

use asking::{Asked, Source, Unasked};
use dunning::file::{NotShown, Unseen};
use dunning::journal::{Blind, Notice, NoticeKind};
use dunning::limits::ASK_SPARE;
use dunning::rules::{Context, not_shown};
use dunning::value::{AccountId, DebtorKey, InvoiceId, SourceName};
use intake::Taken;
use jiff::{SignedDuration, Timestamp};
use ledger::{AsRead, Comparison, LedgerError, Listed};
use runtime::{Metric, count};
use sources::ask::{AskError, Kind, Page, Question, Reply};
use sources::{Translation, no_account};

use crate::accounts::accounts;
use crate::{Ask, Done, NotDone, patience};

/// A comparison that was not done by then is begun anew.
const LONGEST: SignedDuration = SignedDuration::from_hours(20);
/// So many pages are read before it is kept how far it has come.
const PAGES: u32 = 40;

/// So many of a book may be missing in the tool, however small it is, and each waits for a person; more are told as one.
const FEW: usize = 10;

/// What a tool says of an invoice that it has not listed.
enum Found {
    /// Something.
    Shown,
    /// That there is none.
    Missing,
}

/// Why a comparison stops before its end.
enum Stopped {
    /// The function's time is over.
    NoTime,
    /// The tool said nothing of use.
    Unasked(Unasked),
    /// So much is missing in the tool's books that they must be others.
    OtherBooks,
}

/// A comparison that is under way.
struct Run<'a> {
    ask: &'a Ask,
    source: Source<'a>,
    name: &'a SourceName,
    read: Option<AsRead>,
    comparison: Comparison,
    listed: Listed,
    /// Whether all from before Relance was brought in.
    was_imported: bool,
    deadline: Timestamp,
}

impl Ask {
    /// Compares, from where it stopped.
    pub(crate) async fn compare(
        &self,
        name: &SourceName,
        number: Option<u64>,
        deadline: Timestamp,
    ) -> Result<Done, NotDone> {
        let source = match self.asker.source(name).await {
            Ok(Some(source)) if source.asking().can(Kind::AllOpen) => source,
            Ok(_) => return Ok(Done::Wholly),
            Err(why) => return self.give_up(name, &why).await,
        };
        let known = self.ledger.comparison(name).await?;
        let (read, known) =
            known.map_or((None, None), |known| (Some(known.read), Some(known.value)));
        let Some(comparison) = self.begin(name, known, number).await? else {
            return Ok(Done::Wholly);
        };
        let mut run = Run {
            ask: self,
            listed: self.ledger.listed(name, &comparison).await?,
            was_imported: self.ledger.was_imported(name).await?,
            source,
            name,
            read,
            comparison,
            deadline,
        };
        match run.go().await {
            Err(NotDone::TakenOver) => Ok(Done::Wholly),
            done => done,
        }
    }

    /// The comparison that goes on, or a new one; nothing for whoever was taken over from.
    async fn begin(
        &self,
        name: &SourceName,
        known: Option<Comparison>,
        number: Option<u64>,
    ) -> Result<Option<Comparison>, NotDone> {
        let now = self.clock.now();
        let last = known.as_ref().map_or(0, |known| known.run);
        let told_unknown = known.as_ref().map_or(0, |known| known.told_unknown);
        let is_under_way = |known: &Comparison| {
            known.done_at.is_none() && now.duration_since(known.began_at) < LONGEST
        };
        let under_way = known.filter(is_under_way);
        match (under_way, number) {
            (Some(known), Some(number)) => Ok((known.run == number).then_some(known)),
            (None, Some(_)) => Ok(None),
            (Some(known), None) => Ok(Some(Comparison {
                run: last + 1,
                ..known
            })),
            (None, None) => {
                let mode = self.policy.sources[name].mode;
                Ok(Some(Comparison {
                    run: last + 1,
                    told_unknown,
                    accounts: accounts(&self.ledger, name, mode).await?,
                    ..Comparison::new(now)
                }))
            }
        }
    }

    /// What does not pass ends it until the next night; and whoever looks after the key hears of it.
    async fn give_up(&self, name: &SourceName, why: &Unasked) -> Result<Done, NotDone> {
        tracing::warn!(source = %name, error = why.in_log(), "not compared");
        if why.is_of_the_key() {
            let metric = Metric::LooksFailed(Blind::KeyRefused.as_str());
            count(metric, 1, self.clock.now());
            self.tell_of_the_key(name).await?;
        }
        Ok(Done::Wholly)
    }

    async fn tell_of_the_key(&self, name: &SourceName) -> Result<(), LedgerError> {
        let notice = Notice::new(NoticeKind::KeyRefused, name.as_str()).from_source(name);
        self.ledger.notify(notice, self.clock.now()).await
    }
}

impl Run<'_> {
    async fn go(&mut self) -> Result<Done, NotDone> {
        while !self.comparison.is_listed {
            let stopped = self.list().await;
            self.keep().await?;
            if let Some(why) = stopped? {
                return self.stop(why).await;
            }
        }
        let stopped = self.ask_for_the_absent().await;
        self.keep().await?;
        if let Some(why) = stopped? {
            return self.stop(why).await;
        }
        self.finish().await?;
        Ok(Done::Wholly)
    }

    async fn stop(&self, why: Stopped) -> Result<Done, NotDone> {
        let (run, now) = (self.comparison.run, self.ask.clock.now());
        match why {
            Stopped::NoTime => Ok(Done::InPart(run, SignedDuration::ZERO)),
            Stopped::Unasked(why) if why.is_passing() => {
                tracing::warn!(source = %self.name, error = why.in_log(), "comparison waits");
                Ok(Done::InPart(run, patience(&why, now)))
            }
            Stopped::Unasked(why) => self.ask.give_up(self.name, &why).await,
            Stopped::OtherBooks => {
                tracing::error!(source = %self.name, "not compared: the tool knows little of what the files call open: is the key of another account?");
                self.ask.tell_of_the_key(self.name).await?;
                Ok(Done::Wholly)
            }
        }
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
        match kept.await {
            Ok(read) => self.read = Some(read),
            Err(LedgerError::LostRace) => return Err(NotDone::TakenOver),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Reads some pages, of one account after the other. Says what stops it, if anything does.
    async fn list(&mut self) -> Result<Option<Stopped>, NotDone> {
        let before = self.comparison.different;
        for _ in 0..PAGES {
            let Some(account) = self.comparison.accounts.first().cloned() else {
                self.comparison.is_listed = true;
                return Ok(None);
            };
            if !self.has_time() {
                return Ok(Some(Stopped::NoTime));
            }
            let page = self.comparison.page.as_deref();
            // Kept by another version, it may not be read: the list begins anew.
            let page: Option<Page> = page.and_then(|page| serde_json::from_str(page).ok());
            let reply = match self.ask(&account, &Question::AllOpen, page.as_ref()).await {
                Ok(reply) => reply,
                // Some tools have no books of no account.
                Err(Unasked::Answer(AskError::Misconfigured(_)))
                    if account == no_account() && self.comparison.accounts.len() > 1 =>
                {
                    self.comparison.accounts.remove(0);
                    continue;
                }
                Err(why) => return Ok(Some(Stopped::Unasked(why))),
            };
            for said in &reply.said {
                if let Some(event) = said.shown() {
                    self.listed.note(&event.realm, &event.invoice.id);
                }
                self.take(said, Kind::AllOpen).await?;
            }
            self.comparison.page = reply
                .next
                .and_then(|next| serde_json::to_string(&next).ok());
            if self.comparison.page.is_none() {
                self.comparison.accounts.remove(0);
            }
            if self.comparison.different > before {
                // What was put right is told, whatever happens next.
                return Ok(None);
            }
        }
        Ok(None)
    }

    async fn ask(
        &self,
        account: &AccountId,
        question: &Question,
        page: Option<&Page>,
    ) -> Result<Reply, Unasked> {
        let at = self.source.take_places(1).await?;
        let asked = Asked {
            page,
            account: (*account != no_account()).then_some(account),
            ..Asked::new(question)
        };
        self.source.ask(asked, at).await
    }

    /// Merges what the tool says. What nobody has told of is of the time before Relance, and not begun with here; once
    /// that was imported, a webhook has lost it.
    async fn take(&mut self, said: &Translation, asked: Kind) -> Result<(), NotDone> {
        let intake = self.ask.intake();
        let taken = match said {
            Translation::Invoice(event) => {
                self.comparison.compared += 1;
                let is_whole = self.source.asking().is_whole(asked);
                intake
                    .take_compared(event, is_whole, self.was_imported)
                    .await?
            }
            Translation::Movement(event) => intake.take_movement(event).await?,
            Translation::Customer(event) => intake.take_customers_answer(event).await?,
            Translation::Ignored { .. } | Translation::OtherMode { .. } => return Ok(()),
        };
        self.comparison.unknown += u64::from(taken == Taken::Unknown);
        self.comparison.different += u64::from(taken == Taken::Stored);
        Ok(())
    }

    /// What the files call open and the tool has not listed. Says what stops it, if anything does.
    async fn ask_for_the_absent(&mut self) -> Result<Option<Stopped>, NotDone> {
        let mode = self.ask.policy.sources[self.name].mode;
        let open = self.ask.ledger.open_of(self.name, mode).await?;
        let most_missing = (open.len() / 5).max(FEW);
        let mut missing = Vec::new();
        for (debtor, invoice) in open {
            if self.listed.has(&debtor.realm, &invoice) {
                continue;
            }
            if !self.has_time() {
                return Ok(Some(Stopped::NoTime));
            }
            match self.ask_for_one(&debtor, &invoice).await? {
                Ok(Found::Shown) => self.listed.note(&debtor.realm, &invoice),
                Ok(Found::Missing) => missing.push((debtor, invoice)),
                Err(why) => return Ok(Some(Stopped::Unasked(why))),
            }
            // A key of other books would have everything wait for a person.
            if missing.len() > most_missing {
                return Ok(Some(Stopped::OtherBooks));
            }
        }
        for (debtor, invoice) in missing {
            self.hold(&debtor, &invoice).await?;
        }
        Ok(None)
    }

    async fn ask_for_one(
        &mut self,
        debtor: &DebtorKey,
        invoice: &InvoiceId,
    ) -> Result<Result<Found, Unasked>, NotDone> {
        let question = Question::Invoice(invoice.clone());
        match self.ask(&debtor.realm.account, &question, None).await {
            Ok(reply) => {
                for said in &reply.said {
                    self.take(said, Kind::Invoice).await?;
                }
            }
            Err(Unasked::Answer(AskError::NoSuchInvoice)) => {
                self.comparison.compared += 1;
                return Ok(Ok(Found::Missing));
            }
            Err(why) if why.is_passing() || why.is_of_the_key() => return Ok(Err(why)),
            // Of this one alone.
            Err(why) => {
                tracing::warn!(source = %self.name, %invoice, error = why.in_log(), "not compared");
            }
        }
        Ok(Ok(Found::Shown))
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
        self.comparison.done_at = Some(now);
        self.comparison.told_unknown = unknown;
        self.keep().await
    }
}
