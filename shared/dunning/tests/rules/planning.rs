//! Which reminders an invoice gets, and when: in dates.

use crate::common::{Kept, at, debtor, euros, event, invoice, with_address};
use dunning::billing::{Collection, Status};
use dunning::file::{AddressTrouble, Attempt, Hold, NotChased, Outlook, StepState};
use dunning::rules::plan;
use dunning::value::Country;
use insta::assert_snapshot;

#[test]
fn an_invoice_gets_its_five_reminders_on_working_days_at_nine() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    assert_snapshot!(kept.steps("in_1"));
}

#[test]
fn a_reminder_before_the_due_date_never_rolls_past_it() {
    let mut kept = Kept::new();
    // Due on Tuesday 6 April; seven days before is 30 March, fifteen days before 22 March.
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-04-06")),
    );
    assert_snapshot!(kept.steps("in_1"));
}

#[test]
fn nine_o_clock_stays_nine_o_clock_when_the_clocks_change() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-03-01T10:00:00Z",
        &event("2027-03-01T10:00:00Z", invoice("in_1", "2027-04-01")),
    );
    let steps = &kept.file.open.values().next().unwrap().steps;
    assert_eq!(steps[0].at, at("2027-03-17T08:00:00Z"));
    assert_eq!(steps[3].at, at("2027-04-12T07:00:00Z"));
}

#[test]
fn questions_that_were_past_at_first_contact_are_skipped_for_good() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-02-19T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    assert_snapshot!(kept.log.clone() + &kept.steps("in_1"));
}

#[test]
fn an_invoice_that_is_late_for_long_when_it_first_comes_in_is_held_and_the_team_told() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-09-01T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    assert_snapshot!(kept.log.clone() + &kept.steps("in_1"));
}

#[test]
fn a_draft_is_kept_and_nothing_is_planned() {
    let mut kept = Kept::new();
    let mut draft = invoice("in_1", "2027-02-15");
    draft.status = Status::Draft;
    let change = kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", draft),
    );
    assert_eq!(
        change.invoices[0].outlook,
        Outlook::NotChased(NotChased::Draft)
    );
    assert!(change.invoices[0].steps.is_empty());
    // Issued later, its first contact is the day of issue.
    kept.hear(
        "2027-02-03T10:00:00Z",
        &event("2027-02-03T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    assert_snapshot!(kept.steps("in_1"));
}

#[test]
fn a_payment_cancels_what_was_planned_and_says_so() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = Status::Paid;
    paid.remaining = euros(0);
    kept.hear("2027-01-20T10:00:00Z", &event("2027-01-20T10:00:00Z", paid));
    assert_snapshot!(kept.log.clone());
}

#[test]
fn a_due_date_that_moves_takes_the_reminders_along() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    kept.hear(
        "2027-01-20T10:00:00Z",
        &event("2027-01-20T10:00:00Z", invoice("in_1", "2027-03-15")),
    );
    assert_snapshot!(kept.log.clone() + &kept.steps("in_1"));
}

#[test]
fn an_invoice_without_due_date_or_address_is_held_and_the_team_told() {
    let mut kept = Kept::new();
    let mut undated = invoice("in_1", "2027-02-15");
    undated.due_on = None;
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", undated),
    );
    let mut nameless = event("2027-01-11T11:00:00Z", invoice("in_2", "2027-02-15"));
    nameless.debtor = Some(with_address(None));
    kept.hear("2027-01-11T11:00:00Z", &nameless);
    assert_snapshot!(kept.log.clone());
    assert!(
        kept.file
            .open
            .values()
            .all(|invoice| invoice.scheduled().next().is_none())
    );
}

#[test]
fn a_held_address_holds_every_invoice_until_it_changes() {
    let mut kept = Kept::new();
    let address = debtor().email.unwrap();
    kept.file
        .debtor
        .held_addresses
        .insert(address, AddressTrouble::Bounced);
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    let outlook = |kept: &Kept| kept.file.open.values().next().unwrap().outlook.clone();
    assert_eq!(outlook(&kept), Outlook::Held(Hold::AddressBounced));
    let mut corrected = event("2027-01-12T10:00:00Z", invoice("in_1", "2027-02-15"));
    let address = dunning::value::EmailAddress::parse("new@client.example.com").ok();
    corrected.debtor = Some(with_address(address));
    kept.hear("2027-01-12T10:00:00Z", &corrected);
    assert!(matches!(outlook(&kept), Outlook::Next { .. }));
}

#[test]
fn an_invoice_that_is_charged_automatically_is_chased_from_its_first_failure() {
    let mut kept = Kept::new();
    let mut charged = invoice("in_1", "2027-02-15");
    charged.collection = Collection::ChargeAutomatically;
    charged.due_on = None;
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", charged.clone()),
    );
    let known = kept.file.open.values().next().unwrap();
    assert_eq!(
        known.outlook,
        Outlook::NotChased(NotChased::ChargedAutomatically)
    );
    let mut failed = event("2027-01-18T23:30:00Z", charged);
    failed.charge_failed_at = Some(failed.order.at);
    kept.hear("2027-01-18T23:30:00Z", &failed);
    // Half past midnight in Paris: due on the 19th, however often it fails after that.
    let mut again = failed.clone();
    again.order.at = at("2027-01-20T10:00:00Z");
    again.charge_failed_at = Some(again.order.at);
    kept.hear("2027-01-20T10:00:00Z", &again);
    assert_snapshot!(kept.steps("in_1"));
}

#[test]
fn a_debt_that_the_tool_reopens_is_held_for_a_person() {
    let mut kept = Kept::new();
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = Status::Paid;
    paid.remaining = euros(0);
    kept.hear("2027-01-20T10:00:00Z", &event("2027-01-20T10:00:00Z", paid));
    kept.hear(
        "2027-01-21T10:00:00Z",
        &event("2027-01-21T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    let reopened = kept.file.open.values().next().unwrap();
    assert_eq!(reopened.outlook, Outlook::Held(Hold::Reopened));
    assert!(kept.log.contains("team: reopened"));
}

#[test]
fn the_hours_are_those_of_the_debtors_country() {
    let mut kept = Kept::new();
    let mut american = event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15"));
    american.debtor = Some(dunning::billing::Profile {
        country: Country::parse("US").ok(),
        ..crate::common::debtor()
    });
    kept.hear("2027-01-11T10:00:00Z", &american);
    let first = &kept.file.open.values().next().unwrap().steps[0];
    assert_eq!(first.at, at("2027-02-01T17:00:00Z"));
}

#[test]
fn planning_again_on_the_same_file_changes_nothing() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    let mut before = kept.file.open.values().next().unwrap().clone();
    before.look_at = Some(at("2027-01-25T04:00:00Z"));
    let ctx = kept.context("2027-01-25T03:00:00Z");
    let again = plan(ctx, &before, &kept.file.debtor);
    assert_eq!(again.invoice, before);
    assert!(again.journal.is_empty() && again.notices.is_empty());
}

#[test]
fn what_was_mailed_stays_mailed_whatever_the_policy_says_now() {
    let mut kept = Kept::new();
    kept.hear(
        "2027-01-11T10:00:00Z",
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    let mut mailed = kept.file.open.values().next().unwrap().clone();
    let claim = dunning::value::ClaimId::parse("c").unwrap();
    mailed.steps[0].state = StepState::Claimed {
        claim,
        attempt: Attempt::First,
    };
    kept.policy.sequences[0].steps.remove(0);
    let ctx = kept.context("2027-02-02T10:00:00Z");
    let planned = plan(ctx, &mailed, &kept.file.debtor);
    assert!(planned.invoice.steps.contains(&mailed.steps[0]));
}
