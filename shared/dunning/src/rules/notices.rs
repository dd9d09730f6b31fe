//! `decide_team`: what a person must hear about, told at most once an hour, each problem once a day.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::context::Context;
use crate::calendar::DebtorCalendar;
use crate::file::{Attempt, TeamClaim, TeamFile};
use crate::journal::{Notice, NoticeKind};
use crate::limits::{BETWEEN_TEAM_MAILS, NOTICE_IN_FLIGHT};
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
    pub subjects: Vec<String>,
    /// When it was first heard of.
    pub since: Timestamp,
}

/// The notices from which the next mail may be made: all since this instant must be read.
pub fn notices_since(ctx: Context<'_>, team: &TeamFile) -> Timestamp {
    let Context { policy, now } = ctx;
    let zone = policy.company.time_zone.get().clone();
    let midnight = now.to_zoned(zone).start_of_day();
    let midnight = midnight.map_or(now, |midnight| midnight.timestamp());
    let told_until = |told: &Option<Timestamp>| told.unwrap_or(Timestamp::UNIX_EPOCH);
    let open = team
        .claim
        .as_ref()
        .map(|claim| told_until(&claim.told_before));
    [Some(midnight), Some(told_until(&team.told_until)), open]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(now)
}

/// Whether a mail to the team is to leave, and which. The file is to be written before it is sent.
pub fn decide_team(
    ctx: Context<'_>,
    team: &TeamFile,
    version: u64,
    heard: &[Heard],
    window: SignedDuration,
) -> Option<(TeamFile, TeamMail)> {
    let Context { policy, now } = ctx;
    let mut team = team.clone();
    let mut attempt = Attempt::First;
    if let Some(claim) = team.claim.take() {
        if now < claim.unknown_after {
            return None;
        }
        if claim.attempt == Attempt::First {
            attempt = Attempt::Last;
            team.told_until = claim.told_before;
        }
    } else if team
        .mailed_at
        .is_some_and(|at| now.duration_since(at) < BETWEEN_TEAM_MAILS)
    {
        return None;
    }
    let calendar = DebtorCalendar::new(
        &policy.calendar,
        None,
        policy.company.time_zone.get().clone(),
    );
    if !calendar.is_open_at(now) {
        return None;
    }
    let until = now.saturating_sub(NOTICE_IN_FLIGHT).unwrap_or(now);
    let lines = untold(&team, heard, &calendar, now, until);
    if lines.is_empty() {
        return None;
    }
    let digest = Sha256::digest(format!("{}#{version}", FileKey::Team));
    let id = ClaimId::parse(hex::encode(&digest[..12])).expect("24 hex digits are an id");
    let unknown_after = now.saturating_add(window).unwrap_or(Timestamp::MAX);
    team.claim = Some(TeamClaim {
        id: id.clone(),
        unknown_after,
        told_before: team.told_until,
        attempt,
    });
    team.told_until = Some(until);
    team.mailed_at = Some(now);
    Some((team, TeamMail { claim: id, lines }))
}

fn untold(
    team: &TeamFile,
    heard: &[Heard],
    calendar: &DebtorCalendar<'_>,
    now: Timestamp,
    until: Timestamp,
) -> Vec<TeamMailLine> {
    let is_new = |at: Timestamp| team.told_until.is_none_or(|told| at > told);
    let today = calendar.day_of(now);
    let told_today = |notice: &Notice| {
        heard
            .iter()
            .any(|old| !is_new(old.at) && calendar.day_of(old.at) == today && old.notice == *notice)
    };
    let mut lines: BTreeMap<NoticeKind, TeamMailLine> = BTreeMap::new();
    for Heard { at, notice } in heard
        .iter()
        .filter(|heard| is_new(heard.at) && heard.at <= until)
    {
        if told_today(notice) {
            continue;
        }
        let line = lines.entry(notice.kind).or_insert_with(|| TeamMailLine {
            kind: notice.kind,
            count: 0,
            subjects: Vec::new(),
            since: *at,
        });
        line.count += 1;
        line.since = line.since.min(*at);
        if !line.subjects.contains(&notice.subject) {
            line.subjects.push(notice.subject.clone());
        }
    }
    lines.into_values().collect()
}
