//! `decide_team`: what a person must hear about, told at most once an hour, each problem once a day.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::context::Context;
use crate::calendar::DebtorCalendar;
use crate::file::{Attempt, TeamClaim, TeamFile, Told};
use crate::journal::{About, Notice, NoticeKind, Reader};
use crate::limits::{BETWEEN_TEAM_MAILS, NOTICE_IN_FLIGHT};
use crate::policy::Policy;
use crate::value::{ClaimId, FileKey};

/// A notice as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// When.
    pub at: Timestamp,
    /// What.
    pub notice: Notice,
}

/// A mail to the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMail {
    /// Its claim.
    pub claim: ClaimId,
    /// Whom it is for.
    pub reader: Reader,
    /// One line for each problem.
    pub lines: Vec<TeamMailLine>,
}

/// One kind of problem, with all that it happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMailLine {
    /// What it is.
    pub kind: NoticeKind,
    /// How often it happened.
    pub count: usize,
    /// To what: invoices, events; without repetition.
    pub matters: Vec<Matter>,
    /// When it was first heard of.
    pub since: Timestamp,
}

/// What a problem happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// An invoice's number or id, a debtor's name, an event's type.
    pub subject: String,
    /// Where to look, and what is owed by the newest word of it.
    pub about: About,
    /// When it was first heard of.
    pub since: Timestamp,
}

/// The notices from which the next mail may be made: all since this instant must be read.
pub fn notices_since(ctx: Context<'_>, team: &TeamFile) -> Timestamp {
    let Context { policy, now, .. } = ctx;
    let midnight = midnight(policy, now);
    let told_until = |told: &Option<Timestamp>| told.unwrap_or(Timestamp::UNIX_EPOCH);
    let told = readers(policy).map(|reader| told_so_far(team, reader));
    let told = told.flat_map(|told| {
        let open = told.claim.as_ref();
        let open = open.map(|claim| told_until(&claim.told_before));
        // An earlier version told of no rehearsal, and noted none.
        let rehearsed = [
            told.rehearsed_until,
            told.claim.as_ref().and_then(|claim| claim.rehearsed_before),
        ];
        [Some(told_until(&told.told_until)), open]
            .into_iter()
            .chain(rehearsed)
    });
    told.flatten().chain([midnight]).min().unwrap_or(midnight)
}

/// When the company's day began.
fn midnight(policy: &Policy, now: Timestamp) -> Timestamp {
    let zone = policy.company.time_zone.get().clone();
    let midnight = now.to_zoned(zone).start_of_day();
    midnight.map_or(now, |midnight| midnight.timestamp())
}

/// Who is told: the engineer apart, where the policy has one.
pub fn readers(policy: &Policy) -> impl Iterator<Item = Reader> {
    let engineer = policy.company.engineer.as_ref();
    [Reader::Finance]
        .into_iter()
        .chain(engineer.map(|_| Reader::Engineer))
}

/// What a reader was told. The engineer begins where the team stands.
fn told_so_far(team: &TeamFile, reader: Reader) -> Told {
    match reader {
        Reader::Finance => team.team.clone(),
        Reader::Engineer => team.engineer.clone().unwrap_or_else(|| Told {
            told_until: team.team.told_until,
            ..Told::default()
        }),
    }
}

/// Whether a mail is to leave to one of the team's readers, and which. The file is to be written before it is sent.
pub fn decide_team(
    ctx: Context<'_>,
    reader: Reader,
    team: &TeamFile,
    version: u64,
    heard: &[Heard],
    window: SignedDuration,
) -> Option<(TeamFile, TeamMail)> {
    let told = told_so_far(team, reader);
    let (told, mail) = decide_for(ctx, reader, &told, version, heard, window)?;
    let mut after = team.clone();
    match reader {
        Reader::Engineer => after.engineer = Some(told),
        Reader::Finance => {
            // From here on they stand apart.
            if ctx.policy.company.engineer.is_some() {
                after.engineer = Some(told_so_far(team, Reader::Engineer));
            }
            after.team = told;
        }
    }
    Some((after, mail))
}

fn decide_for(
    ctx: Context<'_>,
    reader: Reader,
    told: &Told,
    version: u64,
    heard: &[Heard],
    window: SignedDuration,
) -> Option<(Told, TeamMail)> {
    let Context { policy, now, .. } = ctx;
    let mut told = told.clone();
    let mut attempt = Attempt::First;
    if let Some(claim) = told.claim.take() {
        if now < claim.unknown_after {
            return None;
        }
        if claim.attempt == Attempt::First {
            attempt = Attempt::Last;
            told.told_until = claim.told_before;
            told.rehearsed_until = claim.rehearsed_before;
        }
    } else if told
        .mailed_at
        .is_some_and(|at| now.duration_since(at) < BETWEEN_TEAM_MAILS)
    {
        return None;
    }
    let calendar =
        DebtorCalendar::of_team(&policy.calendar, policy.company.time_zone.get().clone());
    if !calendar.is_open_at(now) {
        return None;
    }
    let until = now.saturating_sub(NOTICE_IN_FLIGHT).unwrap_or(now);
    let is_alone = policy.company.engineer.is_none();
    let heard = heard.iter();
    let heard: Vec<&Heard> = heard
        .filter(|heard| is_alone || heard.notice.kind.reader() == reader)
        .collect();
    let midnight = midnight(policy, now);
    let telling = Telling {
        told: &told,
        until,
        midnight,
    };
    let lines = telling.untold(&heard, &calendar, now);
    if lines.is_empty() {
        return None;
    }
    let digest = Sha256::digest(format!("{}#{version}", FileKey::Team));
    let id = ClaimId::parse(hex::encode(&digest[..12])).expect("24 hex digits are an id");
    let unknown_after = now.saturating_add(window).unwrap_or(Timestamp::MAX);
    told.claim = Some(TeamClaim {
        id: id.clone(),
        unknown_after,
        told_before: told.told_until,
        rehearsed_before: told.rehearsed_until,
        attempt,
    });
    told.told_until = Some(until);
    told.rehearsed_until = Some(midnight);
    told.mailed_at = Some(now);
    let claim = id;
    Some((
        told,
        TeamMail {
            claim,
            reader,
            lines,
        },
    ))
}

/// What a mail tells, and what was told before it.
struct Telling<'a> {
    told: &'a Told,
    /// What is noted later may not be there to be read yet.
    until: Timestamp,
    /// A rehearsal is summed up when the day is over.
    midnight: Timestamp,
}

impl Telling<'_> {
    fn was_told(&self, heard: &Heard) -> bool {
        let Told {
            told_until,
            rehearsed_until,
            ..
        } = self.told;
        match heard.notice.kind {
            NoticeKind::Rehearsed => rehearsed_until.is_some_and(|until| heard.at < until),
            _ => told_until.is_some_and(|until| heard.at <= until),
        }
    }

    fn may_be_told(&self, heard: &Heard) -> bool {
        match heard.notice.kind {
            NoticeKind::Rehearsed => heard.at < self.midnight,
            _ => heard.at <= self.until,
        }
    }

    fn untold(
        &self,
        heard: &[&Heard],
        calendar: &DebtorCalendar<'_>,
        now: Timestamp,
    ) -> Vec<TeamMailLine> {
        let today = calendar.day_of(now);
        let told_today = |notice: &Notice| {
            let mut old = heard.iter().filter(|heard| self.was_told(heard));
            old.any(|old| calendar.day_of(old.at) == today && old.notice.is_same_as(notice))
        };
        let mut lines: BTreeMap<NoticeKind, TeamMailLine> = BTreeMap::new();
        let untold = heard.iter().copied();
        let untold = untold.filter(|heard| !self.was_told(heard) && self.may_be_told(heard));
        for Heard { at, notice } in untold {
            if told_today(notice) {
                continue;
            }
            let line = lines.entry(notice.kind).or_insert_with(|| TeamMailLine {
                kind: notice.kind,
                count: 0,
                matters: Vec::new(),
                since: *at,
            });
            line.count += 1;
            line.since = line.since.min(*at);
            line.note(*at, notice);
        }
        lines.into_values().collect()
    }
}

impl TeamMailLine {
    fn note(&mut self, at: Timestamp, notice: &Notice) {
        let Notice { subject, about, .. } = notice;
        let is_known = |matter: &&mut Matter| {
            let known = &matter.about;
            matter.subject == *subject
                && (&known.debtor, &known.invoice) == (&about.debtor, &about.invoice)
        };
        match self.matters.iter_mut().find(is_known) {
            Some(known) => known.about = about.clone(),
            None => self.matters.push(Matter {
                subject: subject.clone(),
                about: about.clone(),
                since: at,
            }),
        }
    }
}
