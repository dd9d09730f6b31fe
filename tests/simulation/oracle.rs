//! Judges a history by the promises, and by nothing that the code says of itself but its journal.
//!
//! The rules are written here a second time, from the promises: which of two facts is newer, which days are
//! working days, which step falls on which day.

mod flood;
mod held;
mod ladder;
mod look;
mod looked_at;
mod news;
mod stored;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use dunning::file::{Invoice, Outlook, StepOf};
use dunning::journal::What;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::history::{Claimed, History, Mailed};
use crate::story::{Customer, Facts, LEAST, Status, Story, Telling, number};
use crate::tool::Said;

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Broken {
    pub(crate) promise: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.promise, self.what)
    }
}

/// Clocks are apart, and a mail takes a while from its decision to SES.
const SLACK: SignedDuration = SignedDuration::from_secs(90);
/// All that was broken.
pub(crate) fn judge(story: &Story, history: &History) -> Vec<Broken> {
    let mut court = Court {
        story,
        history,
        broken: Vec::new(),
    };
    court.paid_is_quiet();
    court.once();
    court.one_rung_at_a_time();
    court.one_side_of_the_due_date();
    court.added_late();
    court.planned_apart();
    court.nothing_lost();
    court.explained();
    court.held_is_held();
    court.too_late_is_held();
    court.money_on_its_way_is_waited_for();
    court.no_news_is_lost();
    court.civil_hours();
    court.no_flood();
    court.sent_when_due();
    court.patient();
    court.converges();
    court.looked_before();
    court.right_amount();
    court.files_are_the_tools();
    court.others_are_told_of_debts_only();
    court.the_bus_has_what_was_told();
    court.broken
}

struct Court<'a> {
    story: &'a Story,
    history: &'a History,
    broken: Vec<Broken>,
}

impl<'a> Court<'a> {
    fn breaks(&mut self, promise: &'static str, what: String) {
        self.broken.push(Broken { promise, what });
    }

    /// The mails to debtors, each with its claim.
    fn letters(&self) -> Vec<(&'a Mailed, &'a str, &'a Claimed)> {
        let claims = &self.history.claims;
        let letters = self.history.mails.iter().filter_map(|mail| {
            let claim = mail.claim.as_deref()?;
            Some((mail, claim, claims.get(claim)?))
        });
        letters.collect()
    }

    fn customer(&self, debtor: &str) -> &'a Customer {
        let id = debtor.rsplit('#').next().unwrap_or_default();
        let known = self
            .story
            .customers
            .iter()
            .find(|customer| customer.id == id);
        known.expect("debtors are the story's customers")
    }

    /// What the tool has told and we have acknowledged of an invoice, before a turn; oldest first.
    fn acknowledged(&self, invoice: &str, before: u64) -> Vec<&'a Telling> {
        let acknowledged = &self.history.acknowledged;
        let ticks = acknowledged
            .iter()
            .map(|(index, (tick, _))| (*index, *tick));
        self.tellings(invoice, ticks.filter(|(_, tick)| *tick < before))
    }

    /// What somebody may have known of an invoice before a turn: all that had begun to come in by then, and what the
    /// tool had answered to whoever asked it.
    fn begun(&self, invoice: &str, before: u64) -> Vec<&'a Telling> {
        let ticks = self
            .history
            .begun
            .iter()
            .map(|(index, tick)| (*index, *tick));
        let mut begun = self.tellings(invoice, ticks.filter(|(_, tick)| *tick < before));
        begun.extend(self.answers(invoice, before));
        begun.sort_by_key(|told| told.age());
        begun
    }

    /// What the tool had answered, before a turn.
    fn answers(&self, invoice: &str, before: u64) -> impl Iterator<Item = &'a Telling> {
        let asked = self.history.asked.iter();
        let shown = asked
            .take_while(move |asked| asked.tick < before)
            .filter_map(|asked| match &asked.said {
                Said::Invoice { shown, .. } => Some(shown),
                _ => None,
            });
        shown.filter(move |shown| shown.invoice == invoice)
    }

    fn tellings(
        &self,
        invoice: &str,
        ticks: impl Iterator<Item = (usize, u64)>,
    ) -> Vec<&'a Telling> {
        let told = ticks.filter_map(|(index, _)| self.story.tellings.get(index));
        let mut told: Vec<_> = told.filter(|told| told.invoice == invoice).collect();
        told.sort_by_key(|told| told.age());
        told
    }

    /// Due dates that somebody may have known before a turn.
    fn due_dates(&self, invoice: &str, before: u64) -> BTreeSet<Date> {
        let begun = self.begun(invoice, before).into_iter();
        begun.filter_map(|told| told.facts.due_on()).collect()
    }

    fn paid_is_quiet(&mut self) {
        for (_, claim, claimed) in self.letters() {
            for (invoice, step) in &claimed.steps {
                if !self.may_be_owed(invoice, claimed.tick) {
                    self.breaks(
                        "paid-is-quiet",
                        format!("{step} of {invoice} was mailed ({claim}), and is not owed"),
                    );
                }
            }
        }
    }

    /// By what was acknowledged before a turn; or by what is newer and was in the file, though its
    /// acknowledgement got lost.
    fn may_be_owed(&self, invoice: &str, before: u64) -> bool {
        let owed = |told: &&Telling| is_chased(&told.facts);
        let known = self.acknowledged(invoice, before);
        if last_settled(&known).is_some_and(|at| !self.may_be_let_go(invoice, at, before)) {
            return false;
        }
        known.last().is_none_or(|latest| {
            let newer = self.begun(invoice, before).into_iter();
            owed(latest)
                || newer
                    .filter(|told| told.age() > latest.age())
                    .any(|told| owed(&told))
        })
    }

    fn once(&mut self) {
        let mut copies: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        let mut claims = BTreeSet::new();
        for (mail, claim, claimed) in self.letters() {
            if !claims.insert(claim) {
                self.breaks("once", format!("the mail {claim} was sent twice"));
            }
            if claimed.tick > mail.tick {
                self.breaks(
                    "once",
                    format!("the mail {claim} left before it was claimed"),
                );
            }
            for (invoice, step) in &claimed.steps {
                copies.entry((invoice, step)).or_default().push(claim);
                if !mail.text.contains(&number(invoice)) {
                    self.breaks("once", format!("the mail {claim} does not show {invoice}"));
                }
            }
        }
        let unclaimed = self
            .history
            .mails
            .iter()
            .filter_map(|mail| mail.claim.as_ref());
        for claim in unclaimed
            .filter(|claim| !self.history.claims.contains_key(*claim))
            .collect::<Vec<_>>()
        {
            self.breaks("once", format!("the mail {claim} was never claimed"));
        }
        for ((invoice, step), claims) in copies {
            let excused = match claims.as_slice() {
                [_] => true,
                [first, second] => {
                    let again = self.history.claims[*second].tick;
                    self.nothing_was_heard_of(first, again) || self.reached_nobody(first, again)
                }
                _ => false,
            };
            if !excused {
                self.breaks(
                    "once",
                    format!(
                        "{step} of {invoice} was mailed {} times: {claims:?}",
                        claims.len()
                    ),
                );
            }
        }
    }

    /// The mail bounced, and a person let its address go before a turn.
    fn reached_nobody(&self, claim: &str, before: u64) -> bool {
        let news = self.history.news.get(claim).into_iter().flatten();
        news.into_iter()
            .any(|(tick, kind)| kind == "Bounce" && *tick < before)
    }

    /// SES's answer and all its events were lost before a turn, and the journal says so.
    fn nothing_was_heard_of(&self, claim: &str, before: u64) -> bool {
        let news = self.history.news.get(claim).into_iter().flatten();
        let heard = news.into_iter().any(|(tick, _)| *tick < before);
        let said: Vec<_> = self
            .history
            .said_of(claim)
            .filter(|(tick, _)| *tick <= before)
            .map(|(_, what)| what)
            .collect();
        // A mail may carry the last try of another step.
        let is_lost = |what: &&What| matches!(what, What::Unheard { .. } | What::GivenUp { .. });
        !heard
            && said.iter().any(|what| matches!(what, What::Unheard { .. }))
            && said.iter().all(is_lost)
    }

    /// Each step that was ever planned ends with its reason.
    fn explained(&mut self) {
        let mut last: BTreeMap<(String, String), &What> = BTreeMap::new();
        for entry in &self.history.journal {
            let what = &entry.line.what;
            if let What::Claimed { steps, .. } = what {
                for StepOf { invoice, step } in steps {
                    last.insert((invoice.to_string(), step.to_string()), what);
                }
            }
            let (What::Planned { step, .. }
            | What::Moved { step, .. }
            | What::Merged { step, .. }
            | What::Skipped { step, .. }
            | What::CallAsked { step, .. }
            | What::Signalled { step, .. }
            | What::Cancelled { step, .. }) = what
            else {
                continue;
            };
            let invoice = entry
                .line
                .invoice
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            last.insert((invoice, step.to_string()), what);
        }
        let held = self.held_at_the_end();
        for ((invoice, step), what) in last {
            let ended = match what {
                What::Planned { .. } | What::Moved { .. } => held.contains(&invoice),
                What::Claimed { claim, .. } => {
                    self.history.said_of(claim.as_str()).next().is_some()
                }
                _ => true,
            };
            if !ended {
                self.breaks(
                    "explained",
                    format!("{step} of {invoice} ends in the journal as: {what}"),
                );
            }
        }
    }

    fn held_at_the_end(&self) -> BTreeSet<String> {
        let files = self
            .history
            .pictures
            .last()
            .map(|picture| picture.files.as_slice())
            .unwrap_or_default();
        let open = files.iter().flat_map(|(_, file, _)| file.open.values());
        open.filter(|invoice| matches!(invoice.outlook, Outlook::Held(_)))
            .map(|invoice| invoice.id().to_string())
            .collect()
    }

    fn civil_hours(&mut self) {
        for (mail, claim, claimed) in self.letters() {
            if let Some(there) = self.uncivil(&claimed.debtor, mail.at) {
                self.breaks("civil-hours", format!("the mail {claim} left at {there}"));
            }
        }
    }

    /// The time there, if that is none at which anything may leave.
    fn uncivil(&self, debtor: &str, at: Timestamp) -> Option<Zoned> {
        let (calendar, (opens, closes)) = (&self.story.scheme.calendar, self.story.scheme.hours);
        let customer = self.customer(debtor);
        let there = at.to_zoned(customer.zone());
        let early = (&there + SLACK).time() < Time::constant(opens, 0, 0, 0);
        let late = (&there - SLACK).time() >= Time::constant(closes, 0, 0, 0);
        let is_closed = !calendar.is_open(there.date(), customer.country);
        (early || late || is_closed).then_some(there)
    }

    /// When somebody may first have known it as owed.
    fn first_contact(&self, invoice: &str) -> Option<Timestamp> {
        let acknowledged = self
            .history
            .acknowledged
            .iter()
            .filter_map(|(index, (_, at))| {
                let told = self.story.tellings.get(*index)?;
                (told.invoice == invoice && told.facts.status != Status::Draft)
                    .then(|| told.sent.iter().min().copied().unwrap_or(*at))
            });
        let answered = self.answers(invoice, u64::MAX);
        let answered = answered.filter(|told| told.facts.status != Status::Draft);
        acknowledged
            .chain(answered.flat_map(|told| told.sent.iter().copied()))
            .min()
    }

    /// The days on which a step may stand, by every due date that may have been known.
    fn days_of(
        &self,
        invoice: &str,
        step: &str,
        before: u64,
        customer: &Customer,
    ) -> BTreeSet<Date> {
        let scheme = &self.story.scheme;
        let rank = scheme.rank(step).expect("steps are the policy's");
        let due = self.due_dates(invoice, before).into_iter();
        due.flat_map(|due| scheme.days(rank, due, customer.country))
            .collect()
    }

    /// What left before its day.
    fn too_early(&self, claimed: &Claimed, at: Timestamp) -> Option<String> {
        let customer = self.customer(&claimed.debtor);
        let day = (at + SLACK).to_zoned(customer.zone()).date();
        claimed.steps.iter().find_map(|(invoice, step)| {
            let days = self.days_of(invoice, step, claimed.tick, customer);
            let is_early = days.iter().all(|due| day < *due);
            is_early.then(|| format!("{step} of {invoice} left on {day}, before its day"))
        })
    }

    /// A step leaves on its day, not before; and the last one leaves, unless something stops it.
    fn sent_when_due(&mut self) {
        for (mail, claim, claimed) in self.letters() {
            if let Some(why) = self.too_early(claimed, mail.at) {
                self.breaks("sent-when-due", format!("{why} ({claim})"));
            }
        }
        let Some(picture) = self.history.pictures.last() else {
            return;
        };
        for (debtor, file, _) in &picture.files {
            for invoice in file.open.values() {
                self.last_step_left(debtor, invoice, picture.at);
            }
        }
    }

    fn last_step_left(&mut self, debtor: &str, invoice: &Invoice, at: Timestamp) {
        let id = invoice.id().as_str();
        let known = self.begun(id, u64::MAX);
        let Some(facts) = known
            .last()
            .map(|told| &told.facts)
            .filter(|facts| is_chased(facts))
        else {
            return;
        };
        let customer = self.customer(debtor);
        let is_let_go = self.is_let_go(id);
        let (Some(due), true) = (facts.due_on(), is_let_go || last_settled(&known).is_none())
        else {
            return;
        };
        let unreachable = customer
            .email
            .as_deref()
            .is_none_or(|email| email.contains("simulator"));
        let scheme = &self.story.scheme;
        let rank = scheme.last_mail();
        let last = &scheme.steps[rank].id;
        let days = scheme.days(rank, due, customer.country);
        let day = days.last().expect("a step has a day");
        let opens = day
            .at(scheme.hours.0, 0, 0, 0)
            .to_zoned(customer.zone())
            .expect("a time")
            .timestamp();
        // Two holds are let go one by one.
        let too_late =
            self.may_be_too_late(id, customer) && (last_settled(&known).is_some() || !is_let_go);
        // However long it was held up, two more distances bring it there.
        let by = opens.max(self.story.calm_from) + scheme.catches_up_in();
        let left = self
            .letters()
            .iter()
            .any(|(_, _, claimed)| carries(claimed, id, last));
        let excused = unreachable
            || self.was_given_up(id, last)
            || self.is_paused_for_good(debtor, id)
            || self.is_held_for_good(debtor)
            || self.is_not_shown(id)
            || self.waits_for_others(customer, by, at);
        if !excused && !too_late && by < at && !left {
            self.breaks(
                "sent-when-due",
                format!("{last} of {id}, due {due}, never left"),
            );
        }
    }

    /// No mail is given up because SES was away: its last try is kept until SES answers something.
    fn patient(&mut self) {
        for (claim, claimed) in &self.history.claims {
            let mut said = self.history.said_of(claim);
            let mut silences = self.history.silences.iter();
            // Whoever asked just before may have been answered.
            let asked_in = |silence: &Range<Timestamp>| {
                (silence.start + SLACK..silence.end).contains(&claimed.at)
            };
            if said.any(|(_, what)| matches!(what, What::GivenUp { .. })) && silences.any(asked_in)
            {
                self.breaks(
                    "sent-when-due",
                    format!("the mail {claim} was tried for the last time while SES said nothing"),
                );
            }
        }
    }

    /// Both its claims were lost before SES was reached, and the journal says that nobody knows.
    fn was_given_up(&self, invoice: &str, step: &str) -> bool {
        self.given_up(invoice, step).is_some()
    }

    /// The claim after which it was given up.
    fn given_up(&self, invoice: &str, step: &str) -> Option<&'a Claimed> {
        let claims = self.history.claims.iter().filter(|(claim, claimed)| {
            let mut said = self.history.said_of(claim);
            carries(claimed, invoice, step)
                && said.any(|(_, what)| matches!(what, What::GivenUp { .. }))
        });
        let claims = claims.map(|(_, claimed)| claimed);
        claims.max_by_key(|claimed| claimed.tick)
    }
}

/// Whether it is to be reminded of, were it not for its past and its holds.
fn is_chased(facts: &Facts) -> bool {
    facts.status == Status::Open && facts.remaining >= LEAST && !facts.charged
}

/// The latest moment at which it was settled.
fn last_settled(told: &[&Telling]) -> Option<Timestamp> {
    let settled = told.iter().filter(|told| told.facts.status.is_settled());
    settled.map(|told| told.at).max()
}

fn carries(claimed: &Claimed, invoice: &str, step: &str) -> bool {
    claimed
        .steps
        .iter()
        .any(|(mailed, carried)| mailed == invoice && carried == step)
}
