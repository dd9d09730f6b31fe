//! SES does not answer: whoever has a mail for it waits, and the team hears of it when that lasts.

use jiff::{SignedDuration, Timestamp};

use super::change::Change;
use super::context::Context;
use super::decide::{Decision, decide};
use crate::file::{File, Refusal, Refused};
use crate::journal::{Notice, NoticeKind};
use crate::limits::THROTTLE_WAIT;

/// So often in a row was SES not reached when the team hears of it: after a quarter of an hour.
const LASTS: u32 = 4;

/// What SES's silence changes, where a mail must not be tried before it has answered something: claims
/// whose time is over end, nothing is claimed, and what is due waits as after a throttle. `version` and
/// `window` are those of [`decide`].
pub fn wait_for_answer(
    ctx: Context<'_>,
    file: &File,
    version: u64,
    window: SignedDuration,
) -> Change {
    let mut waiting = file.clone();
    let times = waiting.debtor.refused.map_or(0, |refused| refused.times);
    waiting.debtor.refused = Some(ask_later(ctx.now, times, Refusal::NoAnswer));
    // Nothing is due before SES may be asked again, so this claims nothing.
    let mut change = match decide(ctx, &waiting, version, window) {
        Decision::Write(change) => change,
        Decision::Nothing
        | Decision::KnockAgain(_)
        | Decision::Signal { .. }
        | Decision::Send { .. } => Change::default(),
    };
    change.debtor.get_or_insert(waiting.debtor);
    change.notices.extend(notice(times));
    change
}

/// SES did not take a mail for now, after so many times in a row.
pub(super) fn ask_later(now: Timestamp, times: u32, why: Refusal) -> Refused {
    Refused {
        times: times.saturating_add(1),
        until: now.saturating_add(patience(times)).unwrap_or(now),
        why,
    }
}

/// How long a mail waits that SES did not take for now: a minute, then twice as long each time, up to
/// [`THROTTLE_WAIT`].
fn patience(times: u32) -> SignedDuration {
    SignedDuration::from_mins(1 << times.min(4)).min(THROTTLE_WAIT)
}

/// What the team hears of a silence that was met so often in a row before: once, and nothing of a short one.
pub(super) fn notice(times: u32) -> Option<Notice> {
    (times == LASTS).then(|| Notice::new(NoticeKind::SesSilent, "SES"))
}
