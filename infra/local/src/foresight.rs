//! Whether a sweep would find something. One that finds nothing late and nothing to tell changes nothing; two thousand of
//! them in a quarter of a year would take longer than all the rest.

use aws::Aws;
use dunning::limits::SOURCE_ASKED;
use dunning::policy::Policy;
use dunning::rules::silence;
use dunning::value::FileKey;
use jiff::Timestamp;
use ledger::Ledger;

/// What is to be seen of a world.
pub(crate) struct View<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) ledger: &'a Ledger,
    pub(crate) policy: &'a Policy,
    pub(crate) now: Timestamp,
    /// Whether sources may fall silent in it.
    pub(crate) misses_silence: bool,
    /// Whether mails go to somebody else than the debtors.
    pub(crate) is_rehearsal: bool,
}

/// What was seen so far.
pub(crate) struct Foresight {
    sources_asked_at: Timestamp,
    team_told_until: Timestamp,
    has_rehearsed: bool,
}

impl Foresight {
    pub(crate) fn new(is_rehearsal: bool) -> Self {
        Self {
            sources_asked_at: Timestamp::UNIX_EPOCH,
            team_told_until: Timestamp::UNIX_EPOCH,
            has_rehearsed: is_rehearsal,
        }
    }

    /// From now on a rehearsal may begin or end.
    pub(crate) fn note_rehearsal(&mut self, is_rehearsal: bool) {
        self.has_rehearsed |= is_rehearsal;
    }

    pub(crate) async fn sweep_would_find_something(&mut self, world: View<'_>) -> bool {
        let now = ledger::keys::sortable(world.now);
        let is_late =
            |_: &str, _: &str, next: Option<&str>| next.is_some_and(|at| at <= now.as_str());
        if world.aws.any_key(is_late) || self.a_source_is_silent(&world).await {
            return true;
        }
        if self.has_rehearsed && rehearsal_begins_or_ends(&world).await {
            return true;
        }
        let untold = |told_until| {
            let told = ledger::keys::notices_until(told_until);
            move |pk: &str, sk: &str, _: Option<&str>| {
                pk == FileKey::Team.to_string() && ledger::keys::is_notice(sk) && sk > told.as_str()
            }
        };
        if !world.aws.any_key(untold(self.team_told_until)) {
            return false;
        }
        if let Ok(Some(team)) = world.ledger.team().await {
            let team = team.value;
            let told = [Some(team.team), team.engineer].into_iter().flatten();
            let has_rehearsed = self.has_rehearsed;
            let told = told.map(|told| match (told.told_until, told.rehearsed_until) {
                (Some(told), Some(rehearsed)) if has_rehearsed => told.min(rehearsed),
                (told, _) => told.unwrap_or(Timestamp::UNIX_EPOCH),
            });
            self.team_told_until = told.min().unwrap_or(Timestamp::UNIX_EPOCH);
        }
        world.aws.any_key(untold(self.team_told_until))
    }

    /// Asked once a day, as a sweep does.
    async fn a_source_is_silent(&mut self, world: &View<'_>) -> bool {
        let now = world.now;
        if !world.misses_silence || now.duration_since(self.sources_asked_at) < SOURCE_ASKED {
            return false;
        }
        self.sources_asked_at = now;
        let known = world.ledger.receptions().await.unwrap_or_default();
        let mut sources = world.policy.sources.iter();
        sources.any(|(name, source)| {
            let known = known.get(name);
            known.is_some_and(|known| silence(source, known, now).is_some())
        })
    }
}

async fn rehearsal_begins_or_ends(world: &View<'_>) -> bool {
    let known = world.ledger.rehearsal().await;
    known.is_ok_and(|known| known.is_some() != world.is_rehearsal)
}
