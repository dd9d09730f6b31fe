//! SES is away: no connection can be made, or nothing is heard of what was sent.

use dunning::file::{Refusal, StepState};
use dunning::rules::{Change, Decision, Letter, Retry, decide, refused, wait_for_answer};
use jiff::{SignedDuration, Timestamp};

use crate::common::{Kept, at, one_invoice};

const WINDOW: SignedDuration = SignedDuration::from_mins(30);
const NINE: &str = "2027-02-01T08:00:00Z";

impl Kept {
    fn claimed(&mut self, now: Timestamp) -> Letter {
        let now = now.to_string();
        let Decision::Send { claim, letter } =
            decide(self.context(&now), &self.file, self.version, WINDOW)
        else {
            panic!("no mail at {now}")
        };
        self.write(&now, &claim);
        *letter
    }

    fn not_reached(&mut self, now: Timestamp) -> Change {
        let letter = self.claimed(now);
        let now = now.to_string();
        let (ctx, code) = (self.context(&now), "no connection");
        let change = refused(ctx, &self.file, &letter.claim, code, Retry::NotReached);
        self.write(&now, &change);
        change
    }

    fn not_answered(&mut self, now: Timestamp) -> Change {
        let now = now.to_string();
        let change = wait_for_answer(self.context(&now), &self.file, self.version, WINDOW);
        self.write(&now, &change);
        change
    }

    fn until(&self) -> Timestamp {
        let refused = self.file.debtor.refused.unwrap();
        assert_eq!(refused.why, Refusal::NoAnswer);
        refused.until
    }

    fn first_step(&self) -> &StepState {
        &self.file.open.values().next().unwrap().steps[0].state
    }
}

fn told(changes: &[Change]) -> Vec<(usize, &str)> {
    let notices = changes.iter().enumerate().flat_map(|(n, change)| {
        let told = change.notices.iter();
        told.map(move |notice| (n, notice.kind.as_str()))
    });
    notices.collect()
}

#[test]
fn a_mail_for_which_no_connection_is_made_waits_longer_each_time_and_uses_up_no_try() {
    let mut kept = one_invoice();
    let (mut now, mut waits, mut changes) = (at(NINE), Vec::new(), Vec::new());
    for _ in 0..7 {
        let change = kept.not_reached(now);
        assert!(
            kept.steps("in_1").contains("09:") && !kept.steps("in_1").contains("planned again")
        );
        waits.push(kept.until().duration_since(now).as_mins());
        (now, changes) = (kept.until(), [changes, vec![change]].concat());
    }
    assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
    assert!(kept.file.debtor.claims.is_empty());
    // Once, when it has lasted for a quarter of an hour.
    assert_eq!(told(&changes), [(4, "ses_silent")]);
    let lead = kept.claimed(now).lead;
    assert_eq!(lead.as_str(), "ask-15");
}

#[test]
fn no_connection_until_the_window_closes_puts_the_mail_off_to_the_next_working_day() {
    let mut kept = one_invoice();
    kept.not_reached(at("2027-02-01T15:59:30Z"));
    assert!(
        kept.steps("in_1").contains("Tue 2027-02-02 09:00  planned"),
        "{}",
        kept.steps("in_1")
    );
}

#[test]
fn the_last_try_is_not_claimed_while_nothing_is_heard_of_ses() {
    let mut kept = one_invoice();
    kept.claimed(at(NINE));
    // The window is over; SES says nothing yet.
    let (mut now, mut changes) = (at("2027-02-01T08:47:00Z"), Vec::new());
    for _ in 0..5 {
        let change = kept.not_answered(now);
        assert!(matches!(kept.first_step(), StepState::Planned { .. }));
        (now, changes) = (kept.until(), [changes, vec![change]].concat());
    }
    assert_eq!(now, at("2027-02-01T09:17:00Z"));
    assert_eq!(told(&changes), [(4, "ses_silent")]);
    assert!(kept.steps("in_1").contains("planned again"));
    // What was heard of nothing is said once, and the waiting each time.
    assert_eq!(kept.log.matches("nothing was heard of the mail").count(), 1);
    assert_eq!(kept.log.matches("SES does not answer").count(), 5);
    let lead = kept.claimed(now).lead;
    assert_eq!(lead.as_str(), "ask-15");
}
