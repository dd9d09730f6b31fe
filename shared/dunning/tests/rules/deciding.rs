//! What happens when somebody knocks.

use crate::common::{Kept, at, euros, event, invoice, one_invoice};
use dunning::billing::Status;
use dunning::file::{Invoice, Outlook, StepState};
use dunning::limits::MOST_INVOICES;
use dunning::rules::{
    Decision, Delivery, Letter, Retry, decide, plan, record_delivery, refused, wait_for_template,
};
use insta::assert_snapshot;
use jiff::SignedDuration;

const WINDOW: SignedDuration = SignedDuration::from_mins(30);

impl Kept {
    /// Somebody knocks: what is decided is written, and looked at again, as long as there is something to write.
    fn knock(&mut self, now: &str) -> Decision {
        let mut said = None;
        loop {
            let decision = decide(self.context(now), &self.file, self.version, WINDOW);
            match &decision {
                Decision::Write(change) | Decision::Signal { change, .. } => {
                    self.write(now, change);
                    // That it is looked at again in a week is not worth a word.
                    if !change.journal.is_empty() {
                        said = Some(decision);
                    }
                }
                Decision::Send { claim, .. } => {
                    self.write(now, claim);
                    return decision;
                }
                Decision::Nothing | Decision::KnockAgain(_) => return said.unwrap_or(decision),
            }
        }
    }

    /// Somebody knocks, a mail leaves and SES takes it.
    fn mail(&mut self, now: &str) -> Letter {
        let Decision::Send { letter, .. } = self.knock(now) else {
            panic!("no mail at {now}")
        };
        let sent = Delivery::Sent {
            message_id: "m".to_owned(),
        };
        let heard = record_delivery(&self.file, &letter.claim, &sent, at(now));
        self.write(now, &heard);
        *letter
    }
}

impl Kept {
    /// Somebody knocks, a mail leaves and SES refuses it.
    fn refuse(&mut self, now: &str, code: &str, retry: Retry) {
        let Decision::Send { letter, .. } = self.knock(now) else {
            panic!("no mail at {now}")
        };
        let ctx = self.context(now);
        let change = refused(ctx, &self.file, &letter.claim, code, retry);
        self.write(now, &change);
    }
}

#[test]
fn a_reminder_leaves_once_however_often_somebody_knocks() {
    let mut kept = one_invoice();
    assert_eq!(kept.mail("2027-02-01T08:04:00Z").lead.as_str(), "ask-15");
    for minute in 5..30 {
        assert_eq!(
            kept.knock(&format!("2027-02-01T08:{minute:02}:00Z")),
            Decision::Nothing
        );
    }
}

#[test]
fn a_whole_life_is_told_in_the_journal() {
    let mut kept = one_invoice();
    for knock in [
        "2027-02-01T08:04:00Z",
        "2027-02-08T08:00:00Z",
        "2027-02-18T08:00:00Z",
        "2027-02-25T08:10:00Z",
        "2027-03-08T08:00:00Z",
    ] {
        kept.mail(knock);
    }
    assert_eq!(kept.knock("2027-03-09T08:00:00Z"), Decision::Nothing);
    assert_snapshot!(kept.log.clone());
}

#[test]
fn a_knock_that_comes_early_is_put_back_with_the_time_that_is_left() {
    let mut kept = one_invoice();
    assert_eq!(
        kept.knock("2027-02-01T07:50:00Z"),
        Decision::KnockAgain(SignedDuration::from_mins(10))
    );
    assert_eq!(kept.knock("2027-02-01T06:00:00Z"), Decision::Nothing);
}

#[test]
fn a_knock_after_the_window_moves_the_step_to_the_next_working_day() {
    let mut kept = one_invoice();
    // Friday evening: the reminder of that day waits for Monday.
    let mut friday = Kept::new();
    friday.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-12")),
    );
    assert!(matches!(
        friday.knock("2027-02-05T16:30:00Z"),
        Decision::Write(_)
    ));
    assert_snapshot!(friday.log.clone());
    assert!(matches!(
        kept.knock("2027-02-01T17:00:00Z"),
        Decision::Write(_)
    ));
    assert_eq!(kept.mail("2027-02-02T08:00:00Z").lead.as_str(), "ask-15");
}

#[test]
fn after_an_outage_the_ladder_goes_on_where_it_stood() {
    let mut kept = one_invoice();
    let letter = kept.mail("2027-02-26T10:00:00Z");
    assert_eq!(letter.lead.as_str(), "late-3");
    assert_snapshot!(kept.log.clone() + &kept.steps("in_1"));
}

#[test]
fn a_question_before_the_due_date_is_not_asked_after_it() {
    let mut kept = one_invoice();
    assert!(matches!(
        kept.knock("2027-02-16T10:00:00Z"),
        Decision::Write(_)
    ));
    assert_snapshot!(kept.steps("in_1"));
}

#[test]
fn complaint_19_all_that_is_late_and_due_that_day_goes_into_one_mail_led_by_the_highest_step() {
    let mut kept = Kept::new();
    for (id, due) in [
        ("in_a", "2027-02-15"),
        ("in_b", "2027-01-22"),
        ("in_c", "2027-01-29"),
        ("in_d", "2027-03-01"),
    ] {
        kept.hear(
            "2027-01-04T10:00:00Z",
            &event("2027-01-04T10:00:00Z", invoice(id, due)),
        );
    }
    for knock in [
        "2027-01-08T08:00:00Z",
        "2027-01-15T08:00:00Z",
        "2027-01-25T08:00:00Z",
    ] {
        kept.mail(knock);
    }
    let letter = kept.mail("2027-02-01T08:00:00Z");
    let carried: Vec<_> = letter
        .invoices
        .iter()
        .map(|invoice| invoice.id().as_str())
        .collect();
    assert_eq!(
        (letter.lead.as_str(), carried, letter.leading),
        ("late-10", vec!["in_b", "in_c"], 1)
    );
}

/// One invoice that is 21 days late, two that are due in 10 and 20 days: so they were told, one after the other.
fn late_and_coming() -> Kept {
    let mut kept = Kept::new();
    for (id, due) in [
        ("in_late", "2027-01-11"),
        ("in_soon", "2027-02-09"),
        ("in_far", "2027-02-16"),
    ] {
        let told = event("2027-01-04T10:00:00Z", invoice(id, due));
        kept.hear("2027-01-04T10:00:00Z", &told);
    }
    for knock in [
        "2027-01-14T08:00:00Z",
        "2027-01-21T08:00:00Z",
        "2027-01-25T08:00:00Z",
    ] {
        kept.mail(knock);
    }
    kept
}

fn ids(invoices: &[Invoice]) -> Vec<&str> {
    invoices
        .iter()
        .map(|invoice| invoice.id().as_str())
        .collect()
}

#[test]
fn fault_32_a_question_that_falls_on_the_day_of_a_dunning_mail_is_asked_by_itself_on_the_next_free_day()
 {
    let mut kept = late_and_coming();
    let letter = kept.mail("2027-02-01T08:00:00Z");
    assert_eq!(letter.lead.as_str(), "late-21");
    assert_eq!(ids(&letter.invoices), ["in_late"]);
    assert_eq!((letter.leading, ids(&letter.coming)), (1, vec!["in_far"]));
    assert!(
        kept.log.contains(
            "in_far: ask-15 moved from 2027-02-01 to 2027-02-02: the debtor has had a mail that day"
        ),
        "{}",
        kept.log
    );
    let letter = kept.mail("2027-02-02T08:00:00Z");
    assert_eq!(ids(&letter.invoices), ["in_soon"]);
    assert_eq!((letter.lead.as_str(), letter.leading), ("ask-7", 1));
    // Nor does one mail ask two questions.
    let letter = kept.mail("2027-02-03T08:00:00Z");
    assert_eq!(ids(&letter.invoices), ["in_far"]);
    assert_eq!((letter.lead.as_str(), letter.leading), ("ask-15", 1));
}

#[test]
fn what_a_mail_only_mentions_is_written_with_its_claim() {
    let mut kept = late_and_coming();
    let Decision::Send { claim, letter } = kept.knock("2027-02-01T08:00:00Z") else {
        panic!("no mail")
    };
    // So a payment that comes in between makes the claim fail, and no mail speaks of what is paid.
    for mentioned in &letter.coming {
        assert!(claim.invoices.contains(mentioned), "{:?}", mentioned.id());
    }
    assert!(!letter.coming.is_empty());
}

#[test]
fn a_mail_whose_template_cannot_be_filled_in_waits_hour_by_hour_and_says_why() {
    let mut kept = one_invoice();
    kept.knock("2027-01-11T10:01:00Z");
    kept.log.clear();
    for now in [
        "2027-02-01T08:00:00Z",
        "2027-02-01T09:00:00Z",
        "2027-02-01T15:30:00Z",
    ] {
        let change = wait_for_template(kept.context(now), &kept.file, "fr/ask.j2");
        kept.write(now, &change);
        assert!(matches!(
            kept.knock(now),
            Decision::Nothing | Decision::KnockAgain(_)
        ));
    }
    assert_snapshot!(kept.log.clone());
    let until = kept.file.debtor.refused.map(|refused| refused.until);
    assert_eq!(until, Some(at("2027-02-02T08:00:00Z")));
    // Mended, it leaves; and what waited for it is told in the next mail's place.
    assert_eq!(kept.mail("2027-02-02T08:00:00Z").lead.as_str(), "ask-15");
    assert_eq!(kept.file.debtor.refused, None);
}

#[test]
fn a_step_that_was_heard_knows_the_mail_that_said_it() {
    let mut kept = one_invoice();
    let letter = kept.mail("2027-02-01T08:00:00Z");
    let said = |kept: &Kept| {
        let steps = &kept.file.open.values().next().unwrap().steps;
        let ids = steps.iter().filter_map(|step| match &step.state {
            StepState::Heard { message_id, .. } => Some(message_id.clone()),
            _ => None,
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(said(&kept), [Some("m".to_owned())]);
    // What is heard later of it takes that away from nobody.
    let change = record_delivery(
        &kept.file,
        &letter.claim,
        &Delivery::Delivered,
        at("2027-02-01T08:01:00Z"),
    );
    kept.write("2027-02-01T08:01:00Z", &change);
    assert_eq!(said(&kept), [Some("m".to_owned())]);
}

#[test]
fn one_mail_a_day_is_the_most_and_the_rest_waits() {
    let mut kept = one_invoice();
    kept.mail("2027-02-01T08:00:00Z");
    // Moved by the tool, a second invoice is due for its question on the same day.
    kept.hear(
        "2027-02-01T09:00:00Z",
        &event("2027-02-01T09:00:00Z", invoice("in_2", "2027-02-08")),
    );
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_3", "2027-02-16")),
    );
    kept.knock("2027-02-01T10:00:00Z");
    let planned = |kept: &Kept| {
        let steps = kept.file.open.values().flat_map(|invoice| &invoice.steps);
        steps
            .filter(|step| step.is_planned())
            .map(|step| step.at)
            .min()
            .unwrap()
    };
    assert!(planned(&kept) >= at("2027-02-02T08:00:00Z"), "{}", kept.log);
}

#[test]
fn a_payment_before_the_claim_always_wins() {
    let mut kept = one_invoice();
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = Status::Paid;
    paid.remaining = euros(0);
    kept.hear("2027-02-01T07:59:59Z", &event("2027-02-01T07:59:59Z", paid));
    assert_eq!(kept.knock("2027-02-01T08:00:00Z"), Decision::Nothing);
}

#[test]
fn five_hundred_invoices_go_out_in_mails_of_ninety_and_the_journal_says_so() {
    let mut kept = Kept::new();
    for number in 0..200 {
        let facts = invoice(&format!("in_{number:03}"), "2027-02-15");
        kept.hear(
            "2027-01-11T10:00:00Z",
            &event("2027-01-11T10:00:00Z", facts),
        );
    }
    assert_eq!(
        kept.mail("2027-02-01T08:00:00Z").invoices.len(),
        MOST_INVOICES
    );
    assert!(kept.log.contains("110 more invoices were due"));
    for _ in 0..4 {
        kept.knock("2027-02-01T09:00:00Z");
    }
    assert_eq!(
        kept.mail("2027-02-02T08:00:00Z").invoices.len(),
        MOST_INVOICES
    );
}

#[test]
fn a_mail_of_which_nothing_was_heard_is_sent_a_second_and_last_time() {
    let mut kept = one_invoice();
    assert!(matches!(
        kept.knock("2027-02-01T08:00:00Z"),
        Decision::Send { .. }
    ));
    assert_eq!(kept.knock("2027-02-01T08:10:00Z"), Decision::Nothing);
    // The delivery window is over.
    assert!(matches!(
        kept.knock("2027-02-01T08:47:00Z"),
        Decision::Send { .. }
    ));
    assert_eq!(kept.knock("2027-02-01T09:00:00Z"), Decision::Nothing);
    assert!(matches!(
        kept.knock("2027-02-01T09:47:00Z"),
        Decision::Write(_)
    ));
    assert_eq!(kept.knock("2027-02-02T08:00:00Z"), Decision::Nothing);
    assert_snapshot!(kept.log.clone());
}

#[test]
fn an_event_of_ses_that_comes_late_stops_the_second_mail() {
    let mut kept = one_invoice();
    let Decision::Send { letter, .. } = kept.knock("2027-02-01T08:00:00Z") else {
        panic!("no mail")
    };
    // Too late in the day to be sent again: the step waits for tomorrow.
    assert!(matches!(
        kept.knock("2027-02-01T16:30:00Z"),
        Decision::Write(_)
    ));
    let change = record_delivery(
        &kept.file,
        &letter.claim,
        &Delivery::Delivered,
        jiff::Timestamp::MAX,
    );
    kept.write("2027-02-01T17:00:00Z", &change);
    kept.knock("2027-02-01T17:47:00Z");
    assert_eq!(kept.knock("2027-02-02T08:00:00Z"), Decision::Nothing);
}

#[test]
fn a_refusal_frees_the_step_for_the_next_working_day_and_a_throttle_for_the_same_one() {
    let mut kept = one_invoice();
    let Decision::Send { letter, .. } = kept.knock("2027-02-01T08:00:00Z") else {
        panic!("no mail")
    };
    let refused = |code, retry| {
        let ctx = kept.context("2027-02-01T08:00:01Z");
        refused(ctx, &kept.file, &letter.claim, code, retry)
    };
    let throttled = refused("TooManyRequestsException", Retry::Soon);
    let later = throttled.applied_to(kept.file.clone());
    let outlook = &later.open.values().next().unwrap().outlook;
    assert_eq!(
        *outlook,
        Outlook::Next {
            at: at("2027-02-01T08:01:01Z")
        }
    );
    let refused = refused("MessageRejected", Retry::NextWorkingDay);
    kept.write("2027-02-01T08:00:01Z", &refused);
    assert_snapshot!(kept.log.clone() + &kept.steps("in_1"));
}

/// A bounce for now is SES's last word, too: it had tried for hours.
#[test]
fn wish_8_a_bounce_for_good_or_for_now_holds_the_address_and_is_told() {
    for is_for_good in [true, false] {
        let mut kept = one_invoice();
        let letter = kept.mail("2027-02-01T08:00:00Z");
        let permanent = Vec::from_iter(is_for_good.then(|| letter.to.clone()));
        let change = record_delivery(
            &kept.file,
            &letter.claim,
            &Delivery::Bounced { permanent },
            at("2027-02-01T08:00:00Z"),
        );
        kept.write("2027-02-01T08:01:00Z", &change);
        let ctx = kept.context("2027-02-01T08:02:00Z");
        let invoices = kept.file.open.values();
        let told = invoices.flat_map(|invoice| plan(ctx, invoice, &kept.file.debtor).notices);
        let told: Vec<&str> = told.map(|notice| notice.kind.as_str()).collect();
        assert_eq!(told, ["address_bounced"], "for good: {is_for_good}");
        kept.knock("2027-02-08T08:00:00Z");
        let mut invoices = kept.file.open.values();
        assert!(invoices.all(|invoice| invoice.scheduled().next().is_none()));
    }
}

#[test]
fn no_step_is_lost_from_sight() {
    let mut kept = one_invoice();
    kept.mail("2027-02-26T10:00:00Z");
    let invoice = kept.file.open.values().next().unwrap();
    assert_eq!(invoice.steps.len(), kept.policy.steps().count());
    assert!(invoice.steps.iter().any(|step| matches!(
        step.state,
        StepState::Claimed { .. } | StepState::Heard { .. }
    )));
}

#[test]
fn each_throttle_in_a_row_doubles_the_wait_and_a_mail_that_is_taken_ends_it() {
    let mut kept = one_invoice();
    let mut now = at("2027-02-01T08:00:00Z");
    let mut waits = Vec::new();
    for _ in 0..6 {
        let text = now.to_string();
        kept.refuse(&text, "TooManyRequestsException", Retry::Soon);
        let until = kept.file.debtor.refused.unwrap().until;
        waits.push(until.duration_since(now).as_mins());
        let early = until - SignedDuration::from_secs(30);
        assert_eq!(
            kept.knock(&early.to_string()),
            Decision::KnockAgain(SignedDuration::from_secs(30))
        );
        now = until;
    }
    assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
    kept.mail(&now.to_string());
    assert_eq!(kept.file.debtor.refused, None);
}

#[test]
fn a_mail_that_is_refused_for_days_does_not_use_up_the_week() {
    let mut kept = one_invoice();
    for day in 1..=5 {
        let now = format!("2027-02-0{day}T08:00:00Z");
        kept.refuse(&now, "MessageRejected", Retry::NextWorkingDay);
    }
    assert_eq!(kept.mail("2027-02-08T08:00:00Z").lead.as_str(), "ask-7");
}
