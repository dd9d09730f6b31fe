//! What SES says of a mail, in whatever order: who counts as having read it, and what is held for it.

use dunning::billing::Status;
use dunning::file::{AddressTrouble, Attempt, Hold, Outlook, StepState};
use dunning::limits::MOST_INVOICES;
use dunning::rules::{
    Decision, Delivery, Retry, decide, record_delivery, refused, wait_for_quota, wait_for_template,
};
use jiff::SignedDuration;

use crate::common::{Kept, at, event, invoice};
use crate::living::{Fate, told};

const NINE: &str = "2027-02-18T08:00:00Z";

/// The first reminder is on its way, and nothing was heard of it.
fn under_way() -> Kept {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live("2027-01-12T08:00:00Z", NINE, Fate::Delivered);
    let lost = kept.look(at(NINE), Fate::Lost);
    assert_eq!(lost, ["late-3 2027-02-18"]);
    kept
}

impl Kept {
    fn news(&mut self, deliveries: &[Delivery]) {
        let mut claims = self.file.debtor.claims.keys();
        let claim = claims.next().unwrap().clone();
        for delivery in deliveries {
            let change = record_delivery(&self.file, &claim, delivery, at(NINE));
            self.write(NINE, &change);
        }
        self.replan_all(NINE);
    }

    fn address_now(&self) -> dunning::value::EmailAddress {
        self.file.debtor.profile.value.email.clone().unwrap()
    }
}

#[test]
fn a_mail_of_which_the_first_word_is_that_it_reached_nobody_goes_again_to_another_address() {
    let mut kept = under_way();
    let for_good = Delivery::Bounced {
        permanent: vec![kept.address_now()],
    };
    let for_now = Delivery::Bounced {
        permanent: Vec::new(),
    };
    for first in [for_good, for_now, Delivery::Rejected] {
        let mut kept = under_way();
        kept.news(std::slice::from_ref(&first));
        assert!(
            matches!(kept.only().steps[2].state, StepState::Unheard { .. }),
            "{first:?}"
        );
        assert_eq!(kept.only().outlook, Outlook::Held(Hold::AddressBounced));
        kept.address("2027-02-19T10:00:00Z", Some("daf@client.example.com"));
        assert_eq!(
            kept.live(
                "2027-02-19T11:00:00Z",
                "2027-02-20T08:00:00Z",
                Fate::Delivered
            ),
            ["late-3 2027-02-19"],
            "{first:?}"
        );
    }
    kept.news(&[Delivery::Delivered]);
    assert!(matches!(kept.only().outlook, Outlook::Next { .. }));
}

#[test]
fn who_complained_and_then_bounced_has_complained() {
    let mut kept = under_way();
    let address = kept.address_now();
    let complained = Delivery::Complained {
        by: vec![address.clone()],
    };
    let bounced = Delivery::Bounced {
        permanent: vec![address.clone()],
    };
    for news in [[complained.clone(), bounced.clone()], [bounced, complained]] {
        let mut kept = under_way();
        kept.news(&news);
        let held = &kept.file.debtor.held_addresses;
        assert_eq!(held[&address], AddressTrouble::Complained, "{news:?}");
        assert_eq!(kept.only().outlook, Outlook::Held(Hold::AddressComplained));
    }
    kept.news(&[Delivery::Delivered]);
    assert!(kept.file.debtor.held_addresses.is_empty());
}

#[test]
fn a_spent_quota_makes_what_is_due_wait_for_an_hour_and_the_team_hears_of_it() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live("2027-01-12T08:00:00Z", NINE, Fate::Delivered);
    let change = wait_for_quota(kept.context(NINE), &kept.file);
    kept.write(NINE, &change);
    assert_eq!(kept.team_was_told("quota_spent"), 1);
    assert!(
        kept.log.contains(
            "late-3 moved to 2027-02-18 09:00 UTC: the quota that SES gives for 24 hours was spent"
        ),
        "{}",
        kept.log
    );
    let early = kept.look(at("2027-02-18T08:59:00Z"), Fate::Delivered);
    assert_eq!(early, Vec::<String>::new());
    let left = kept.look(at("2027-02-18T09:00:00Z"), Fate::Delivered);
    assert_eq!(left, ["late-3 2027-02-18"]);
}

#[test]
fn what_waits_for_ses_is_written_ninety_invoices_at_a_time() {
    let mut kept = Kept::new();
    for number in 0..MOST_INVOICES + 10 {
        let new = invoice(&format!("in_{number:03}"), "2027-02-15");
        kept.hear("2027-01-11T10:00:00Z", &event("2027-01-11T10:00:00Z", new));
    }
    let ctx = kept.context("2027-02-01T08:00:00Z");
    let quota = wait_for_quota(ctx, &kept.file);
    let template = wait_for_template(ctx, &kept.file, "fr/ask.j2");
    for change in [quota, template] {
        assert_eq!(change.invoices.len(), MOST_INVOICES);
    }
}

#[test]
fn an_automatic_answer_is_none_however_often_the_delivery_is_told() {
    let mut kept = under_way();
    let answer = Delivery::Bounced {
        permanent: Vec::new(),
    };
    kept.news(&[Delivery::Delivered, Delivery::Delivered, answer]);
    assert!(matches!(
        kept.only().steps[2].state,
        StepState::Heard { .. }
    ));
    assert!(matches!(kept.only().outlook, Outlook::Next { .. }));
}

#[test]
fn late_news_of_the_first_try_leaves_the_second_to_its_own_news() {
    let mut kept = under_way();
    let first = kept.file.debtor.claims.keys().next().unwrap().clone();
    // It expires, and goes again.
    let again = kept.look(at("2027-02-18T09:00:00Z"), Fate::Lost);
    assert_eq!(again, ["late-3 2027-02-18"]);
    let claimed = kept.only().steps[2].state.clone();
    assert!(matches!(&claimed, StepState::Claimed { claim, .. } if *claim != first));
    let change = record_delivery(&kept.file, &first, &Delivery::Delivered, at(NINE));
    kept.write("2027-02-18T09:01:00Z", &change);
    assert_eq!(kept.only().steps[2].state, claimed);
}

#[test]
fn a_mail_of_which_nothing_was_heard_is_forgotten_after_400_days() {
    let is_known_at = |now: &str| {
        let mut kept = under_way();
        let claim = kept.file.debtor.claims.keys().next().unwrap().clone();
        kept.look(at("2027-02-18T09:00:00Z"), Fate::Delivered);
        assert!(kept.file.debtor.claims[&claim].expired);
        kept.look(at(now), Fate::Delivered);
        kept.file.debtor.claims.contains_key(&claim)
    };
    assert!(is_known_at("2028-03-24T07:59:59Z"));
    assert!(!is_known_at("2028-03-24T08:00:00Z"));
}

#[test]
fn a_file_remembers_the_days_of_the_last_weeks_mails() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let days = |kept: &Kept| {
        let days = kept.file.debtor.mailed_on.iter();
        days.map(ToString::to_string).collect::<Vec<_>>()
    };
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-02T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(days(&kept), ["2027-02-01"]);
    kept.live(
        "2027-02-02T08:00:00Z",
        "2027-02-09T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(days(&kept), ["2027-02-08"]);
}

#[test]
fn what_reached_nobody_is_not_forgotten_while_the_debt_is_quiet() {
    let mut kept = under_way();
    kept.news(&[Delivery::Bounced {
        permanent: vec![kept.address_now()],
    }]);
    let mut undated = invoice("in_1", "2027-02-15");
    undated.due_on = None;
    let later = "2027-02-19T10:00:00Z";
    kept.hear(later, &event(later, undated));
    assert_eq!(kept.only().outlook, Outlook::Held(Hold::NoDueDate));
    let again = "2027-02-22T10:00:00Z";
    kept.hear(again, &event(again, invoice("in_1", "2027-02-15")));
    assert_eq!(kept.only().outlook, Outlook::Held(Hold::AddressBounced));
    assert!(
        kept.steps("in_1").contains("reached nobody"),
        "{}",
        kept.steps("in_1")
    );
}

#[test]
fn of_a_mail_that_an_earlier_version_sent_a_bounce_for_good_alone_says_that_it_reached_nobody() {
    let for_good = Delivery::Bounced {
        permanent: vec![under_way().address_now()],
    };
    let for_now = Delivery::Bounced {
        permanent: Vec::new(),
    };
    for (bounce, reached_nobody) in [(for_good, true), (for_now, false)] {
        let mut kept = under_way();
        let claim = kept.file.debtor.claims.keys().next().unwrap().clone();
        kept.news(&[Delivery::Complained { by: Vec::new() }]);
        // As it was stored: not where it went, nor that it reached a mailbox.
        let known = kept.file.open.values_mut().next().unwrap();
        known.steps[2].state = StepState::Heard {
            claim: claim.clone(),
            at: at(NINE),
            to: None,
            delivered: false,
            message_id: None,
        };
        let change = record_delivery(&kept.file, &claim, &bounce, at(NINE));
        kept.write(NINE, &change);
        let is_unheard = matches!(kept.only().steps[2].state, StepState::Unheard { .. });
        assert_eq!(is_unheard, reached_nobody, "{bounce:?}");
        let held = kept.file.debtor.held_addresses.len();
        assert_eq!(held, usize::from(reached_nobody));
        let said = if reached_nobody {
            "mail bounced: the address is on hold"
        } else {
            "mail bounced for now"
        };
        assert!(kept.log.contains(said), "{}", kept.log);
    }
}

#[test]
fn a_mail_of_which_nothing_was_heard_gives_its_day_back_also_where_all_that_it_said_is_paid() {
    let mut kept = under_way();
    let mut paid = invoice("in_1", "2027-02-15");
    (paid.status, paid.remaining.minor) = (Status::Paid, 0);
    kept.hear("2027-02-18T08:10:00Z", &event("2027-02-18T08:10:00Z", paid));
    assert_eq!(kept.file.debtor.mailed_on.len(), 1);
    kept.look(at("2027-02-18T09:00:00Z"), Fate::Lost);
    assert!(kept.file.debtor.mailed_on.is_empty());
    assert_eq!(kept.team_was_told("mail_unknown"), 0);
}

#[test]
fn a_mail_of_first_and_last_tries_gives_up_the_last_and_frees_the_first() {
    let mut kept = under_way();
    // It expires; and when it goes again, another invoice is at the same step.
    let mut other = event("2027-02-18T08:10:00Z", invoice("in_2", "2027-02-15"));
    other.order.at = at("2027-02-18T08:10:00Z");
    kept.hear("2027-02-18T08:10:00Z", &other);
    let second = kept.file.open.values_mut().nth(1).unwrap();
    second.opened_at = Some(at("2027-01-11T10:00:00Z"));
    let again = kept.look(at("2027-02-18T09:00:00Z"), Fate::Lost);
    assert_eq!(again, ["late-3 2027-02-18", "late-3 2027-02-18"]);
    kept.look(at("2027-02-18T16:30:00Z"), Fate::Lost);
    let states: Vec<_> = kept
        .file
        .open
        .values()
        .map(|known| &known.steps[2].state)
        .collect();
    assert!(matches!(states[0], StepState::Unknown { .. }), "{states:?}");
    let attempt = Attempt::Last;
    assert_eq!(*states[1], StepState::Planned { attempt });
    assert_eq!(kept.team_was_told("mail_unknown"), 1);
    assert!(kept.file.debtor.mailed_on.is_empty());
}

#[test]
fn what_was_given_up_keeps_its_day_and_what_goes_again_is_planned_at_once() {
    let decided = |kept: &mut Kept, now: &str| {
        let window = SignedDuration::from_mins(45);
        let decision = decide(kept.context(now), &kept.file, kept.version, window);
        let Decision::Write(change) = decision else {
            panic!("{decision:?}")
        };
        kept.write(now, &change);
    };
    let mut kept = under_way();
    // The window has closed: it goes again on the next day.
    decided(&mut kept, "2027-02-18T16:30:00Z");
    assert!(kept.file.debtor.mailed_on.is_empty());
    let again = at("2027-02-19T08:00:00Z");
    assert_eq!(kept.only().outlook, Outlook::Next { at: again });
    assert_eq!(kept.look(again, Fate::Lost), ["late-3 2027-02-19"]);
    decided(&mut kept, "2027-02-19T16:30:00Z");
    assert_eq!(kept.file.debtor.mailed_on.len(), 1);
    assert!(matches!(
        kept.only().steps[2].state,
        StepState::Unknown { .. }
    ));
    let next = at("2027-02-25T08:00:00Z");
    assert_eq!(kept.only().outlook, Outlook::Next { at: next });
}

#[test]
fn a_last_try_that_ses_refuses_stays_the_last() {
    let mut kept = under_way();
    kept.look(at("2027-02-18T09:00:00Z"), Fate::Lost);
    let mut claims = kept.file.debtor.claims.iter();
    let (second, _) = claims.find(|(_, claim)| !claim.expired).unwrap();
    let ctx = kept.context("2027-02-18T09:00:01Z");
    let change = refused(
        ctx,
        &kept.file,
        second,
        "TooManyRequestsException",
        Retry::Soon,
    );
    kept.write("2027-02-18T09:00:01Z", &change);
    let attempt = Attempt::Last;
    assert_eq!(kept.only().steps[2].state, StepState::Planned { attempt });
}

#[test]
fn that_ses_took_a_mail_is_said_once_by_its_answer_or_by_an_event() {
    let sent = Delivery::Sent {
        message_id: "m".to_owned(),
    };
    let mut kept = under_way();
    let before = kept.log.matches("mail taken by SES").count();
    kept.news(&[sent.clone(), sent]);
    let after = kept.log.matches("mail taken by SES").count();
    assert_eq!(after, before + 1);
}
