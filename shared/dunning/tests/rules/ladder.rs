//! The ladder follows what the debtor heard: by cases that went wrong.

use crate::common::{Kept, at, debtor, event, invoice, realm};
use crate::living::{Fate, told};
use dunning::billing::{
    By, CustomerEvent, CustomerFacts, Dated, Movements, Order, Profile, Status,
};
use dunning::file::{Hold, Outlook, Pause, Skip, StepState};
use dunning::policy::Policy;
use dunning::rules::{
    Delivery, Instruction, Known, instruct, receive, receive_customer, record_delivery,
};
use dunning::value::{Country, EventId};
use jiff::SignedDuration;

#[test]
fn fault_5a_a_debt_that_gets_its_address_late_begins_with_the_first_reminder() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.address("2027-01-11T11:00:00Z", None);
    let nothing = kept.live(
        "2027-01-12T08:00:00Z",
        "2027-03-17T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(nothing, Vec::<String>::new());
    kept.address("2027-03-17T10:00:00Z", Some("compta@client.example.com"));
    assert_eq!(
        kept.live(
            "2027-03-17T11:00:00Z",
            "2027-06-01T08:00:00Z",
            Fate::Delivered
        ),
        [
            "late-3 2027-03-17",
            "late-10 2027-03-22",
            "late-21 2027-03-30"
        ]
    );
    assert_eq!(kept.team_was_told("last_step_sent"), 1);
}

#[test]
fn fault_5b_a_due_date_that_is_corrected_backwards_begins_with_the_first_reminder() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-06-15");
    let earlier = event("2027-02-10T10:00:00Z", invoice("in_1", "2027-01-15"));
    kept.hear("2027-02-10T10:00:00Z", &earlier);
    assert_eq!(
        kept.live(
            "2027-02-10T11:00:00Z",
            "2027-05-01T08:00:00Z",
            Fate::Delivered
        ),
        [
            "late-3 2027-02-10",
            "late-10 2027-02-15",
            "late-21 2027-02-23"
        ]
    );
}

#[test]
fn fault_5e_a_debt_that_was_paid_and_released_goes_on_above_what_was_heard() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-19T08:00:00Z",
        Fate::Delivered,
    );
    let mut paid = invoice("in_1", "2027-02-15");
    paid.status = Status::Paid;
    paid.remaining.minor = 0;
    kept.hear("2027-02-19T10:00:00Z", &event("2027-02-19T10:00:00Z", paid));
    let again = event("2027-04-19T10:00:00Z", invoice("in_1", "2027-02-15"));
    kept.hear("2027-04-19T10:00:00Z", &again);
    assert_eq!(kept.only().outlook, Outlook::Held(Hold::Reopened));
    kept.instruct("2027-04-20T10:00:00Z", Instruction::Release(None));
    assert_eq!(
        kept.live(
            "2027-04-20T11:00:00Z",
            "2027-07-01T08:00:00Z",
            Fate::Delivered
        ),
        ["late-10 2027-04-20", "late-21 2027-04-28"]
    );
}

pub(crate) fn with_step(id: &str, after: &str, days: &str) -> Policy {
    let text = include_str!("relance.toml");
    let place = text.find(&format!("id = \"{after}\"")).unwrap();
    let end = text[place..].find("[[steps]]");
    let end = end.map_or(text.len(), |end| place + end);
    let step = format!(
        "\n[[steps]]\nid = \"{id}\"\non = \"due + {days} days\"\ntemplate = \"last\"\nsender = \"collecting\"\n\n"
    );
    Policy::parse(&format!("{}{step}{}", &text[..end], &text[end..])).unwrap()
}

#[test]
fn fault_6_a_step_added_to_the_policy_does_nothing_for_debts_past_it() {
    for (id, after, days) in [("late-5", "late-3", "5"), ("late-40", "late-21", "40")] {
        let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
        let all = kept.live(
            "2027-01-12T08:00:00Z",
            "2027-04-01T08:00:00Z",
            Fate::Delivered,
        );
        assert_eq!(all.len(), 5);
        kept.policy = with_step(id, after, days);
        assert_eq!(
            kept.live(
                "2027-04-01T08:00:00Z",
                "2027-08-01T08:00:00Z",
                Fate::Delivered
            ),
            Vec::<String>::new(),
            "{id}"
        );
        assert_eq!(kept.only().outlook, Outlook::Finished);
        assert_eq!(kept.team_was_told("last_step_sent"), 1);
    }
}

#[test]
fn a_step_added_to_the_policy_before_its_day_is_sent() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-03-12T08:00:00Z",
        Fate::Delivered,
    );
    kept.policy = with_step("late-40", "late-21", "40");
    assert_eq!(
        kept.live(
            "2027-03-12T08:00:00Z",
            "2027-08-01T08:00:00Z",
            Fate::Delivered
        ),
        ["late-40 2027-03-30"]
    );
}

#[test]
fn steps_that_got_new_names_are_not_said_again() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-03-01T08:00:00Z",
        Fate::Delivered,
    );
    let renamed = include_str!("relance.toml").replace("id = \"late-", "id = \"reminder-");
    kept.policy = Policy::parse(&renamed).unwrap();
    assert_eq!(
        kept.live(
            "2027-03-01T08:00:00Z",
            "2027-08-01T08:00:00Z",
            Fate::Delivered
        ),
        ["reminder-21 2027-03-08"]
    );
}

#[test]
fn a_step_that_got_a_new_name_is_said_again_where_its_day_or_the_due_date_moves() {
    let heard_once = || {
        let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
        let begin = "2027-01-12T08:00:00Z";
        let said = kept.live(begin, "2027-02-19T08:00:00Z", Fate::Delivered);
        assert_eq!(said.last().unwrap(), "late-3 2027-02-18");
        kept
    };
    let next = |kept: &mut Kept| {
        let begin = "2027-02-19T08:00:00Z";
        let said = kept.live(begin, "2027-03-17T08:00:00Z", Fate::Delivered);
        said.into_iter().find(|said| !said.starts_with("ask"))
    };
    let text = include_str!("relance.toml");
    let renamed = text.replace("id = \"late-3\"", "id = \"late\"");
    let named = |text: &str, days: &str| {
        let policy = text.replace("\"due + 3 days\"", &format!("\"due + {days} days\""));
        Policy::parse(&policy).unwrap()
    };
    for (text, again) in [(text, "late-10 2027-02-25"), (&renamed, "late 2027-02-22")] {
        let mut kept = heard_once();
        kept.policy = named(text, "7");
        assert_eq!(next(&mut kept).as_deref(), Some(again));
    }
    for (text, again) in [(text, "late-10 2027-03-11"), (&renamed, "late 2027-03-04")] {
        let mut kept = heard_once();
        kept.policy = named(text, "3");
        let later = event("2027-02-19T08:00:00Z", invoice("in_1", "2027-03-01"));
        kept.hear("2027-02-19T08:00:00Z", &later);
        assert_eq!(next(&mut kept).as_deref(), Some(again));
    }
}

#[test]
fn fault_7_a_sending_time_must_leave_room_for_what_it_is_spread_over() {
    let with = |send_at: &str| {
        let text = include_str!("relance.toml");
        let text = text.replace("send_at = \"09:00\"", &format!("send_at = \"{send_at}\""));
        Policy::parse(&text)
            .map(|_| ())
            .map_err(|bad| bad.to_string())
    };
    assert_eq!(with("16:30"), Ok(()));
    for late in ["16:31", "16:55"] {
        let why = with(late).unwrap_err();
        assert!(
            why.contains(late) && why.contains("closes at 17:00"),
            "{why}"
        );
    }
}

#[test]
fn fault_8b_nothing_leaves_before_the_debtor_has_had_the_invoice_for_some_days() {
    // Monday, with fifteen days' terms: the question for that day comes on Thursday.
    let mut kept = told("2027-01-11T07:00:00Z", "2027-01-26");
    assert_eq!(
        kept.live(
            "2027-01-11T08:00:00Z",
            "2027-01-20T08:00:00Z",
            Fate::Delivered
        ),
        ["ask-15 2027-01-14", "ask-7 2027-01-19"]
    );
    let patient =
        include_str!("relance.toml").to_owned() + "\n[first_contact]\npatience = \"5 days\"\n";
    let mut kept = Kept::new();
    kept.policy = Policy::parse(&patient).unwrap();
    let new = event("2027-01-11T07:00:00Z", invoice("in_1", "2027-01-26"));
    kept.hear("2027-01-11T07:00:00Z", &new);
    assert_eq!(
        kept.live(
            "2027-01-11T08:00:00Z",
            "2027-01-20T08:00:00Z",
            Fate::Delivered
        ),
        // The 16th is a Saturday.
        ["ask-15 2027-01-18", "ask-7 2027-01-19"]
    );
}

#[test]
fn an_invoice_that_comes_late_begins_with_the_first_reminder_and_too_late_with_a_person() {
    let mut kept = told("2027-02-24T10:00:00Z", "2027-01-25");
    assert_eq!(
        kept.live(
            "2027-02-24T11:00:00Z",
            "2027-06-01T08:00:00Z",
            Fate::Delivered
        ),
        [
            "late-3 2027-03-01",
            "late-10 2027-03-05",
            "late-21 2027-03-15"
        ]
    );
    let mut kept = told("2027-02-24T10:00:00Z", "2027-01-24");
    assert_eq!(kept.only().outlook, Outlook::Held(Hold::TooLateAtEntry));
    assert_eq!(kept.only().holds.too_late.unwrap().days, 31);
    assert_eq!(kept.team_was_told("too_late_at_entry"), 1);
    // It is judged once: a due date that moves on does not let it go, nor does another hold's end.
    let later = event("2027-02-25T10:00:00Z", invoice("in_1", "2027-02-20"));
    kept.hear("2027-02-25T10:00:00Z", &later);
    kept.instruct("2027-02-25T11:00:00Z", Instruction::Resume);
    assert_eq!(kept.only().outlook, Outlook::Held(Hold::TooLateAtEntry));
    kept.instruct("2027-02-26T10:00:00Z", Instruction::Release(None));
    assert_eq!(
        kept.live(
            "2027-02-26T11:00:00Z",
            "2027-03-02T08:00:00Z",
            Fate::Delivered
        ),
        ["late-3 2027-03-01"]
    );
}

#[test]
fn fault_15b_the_last_reminder_that_bounced_goes_to_the_corrected_address() {
    for fate in [Fate::BouncesForGood, Fate::BouncesForNow, Fate::Rejected] {
        let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
        kept.live(
            "2027-01-12T08:00:00Z",
            "2027-03-08T08:00:00Z",
            Fate::Delivered,
        );
        assert_eq!(
            kept.live("2027-03-08T08:00:00Z", "2027-03-09T08:00:00Z", fate),
            ["late-21 2027-03-08"]
        );
        assert_eq!(kept.only().outlook, Outlook::Held(Hold::AddressBounced));
        assert_eq!(kept.team_was_told("address_bounced"), 1);
        kept.address("2027-03-09T10:00:00Z", Some("daf@client.example.com"));
        assert_eq!(
            kept.live(
                "2027-03-09T11:00:00Z",
                "2027-06-01T08:00:00Z",
                Fate::Delivered
            ),
            ["late-21 2027-03-09"]
        );
        assert!(kept.team_was_told("last_step_sent") >= 1);
        assert_eq!(kept.only().outlook, Outlook::Finished);
    }
}

#[test]
fn an_address_that_was_released_is_written_to_again_and_another_hears_nothing_twice() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-18T08:00:00Z",
        Fate::Delivered,
    );
    kept.live(
        "2027-02-18T08:00:00Z",
        "2027-02-19T07:00:00Z",
        Fate::BouncesForGood,
    );
    let change = instruct(&kept.file, None, Instruction::Release(None));
    kept.write("2027-02-19T10:00:00Z", &change);
    kept.replan_all("2027-02-19T10:00:00Z");
    assert_eq!(
        kept.live(
            "2027-02-19T11:00:00Z",
            "2027-02-20T08:00:00Z",
            Fate::Delivered
        ),
        ["late-3 2027-02-19"]
    );
    kept.address("2027-02-20T10:00:00Z", Some("daf@client.example.com"));
    assert_eq!(
        kept.live(
            "2027-02-20T11:00:00Z",
            "2027-02-27T08:00:00Z",
            Fate::Delivered
        ),
        ["late-10 2027-02-25"]
    );
}

#[test]
fn wish_13_an_automatic_answer_is_no_bounce() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let all = kept.live(
        "2027-01-12T08:00:00Z",
        "2027-06-01T08:00:00Z",
        Fate::Answered,
    );
    assert_eq!(all.len(), 5);
    assert_eq!(kept.team_was_told("address_bounced"), 0);
}

#[test]
fn the_team_hears_of_the_last_step_when_it_was_heard_and_not_when_it_was_lost() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-03-08T08:00:00Z",
        Fate::Delivered,
    );
    let tries = kept.live("2027-03-08T08:00:00Z", "2027-06-01T08:00:00Z", Fate::Lost);
    assert_eq!(tries, ["late-21 2027-03-08", "late-21 2027-03-08"]);
    assert_eq!(kept.team_was_told("last_step_sent"), 0);
    assert_eq!(kept.team_was_told("mail_unknown"), 1);
    let last = kept.only().steps.last().unwrap();
    assert!(matches!(last.state, StepState::Unknown { .. }), "{last:?}");
}

#[test]
fn what_nobody_knows_is_not_sent_again_and_the_next_keeps_its_distance_from_it() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.live(
        "2027-01-12T08:00:00Z",
        "2027-02-18T08:00:00Z",
        Fate::Delivered,
    );
    kept.instruct(
        "2027-02-18T07:00:00Z",
        Instruction::Pause(Pause {
            until: Some("2027-03-10".parse().unwrap()),
        }),
    );
    let tries = kept.live("2027-02-18T08:00:00Z", "2027-03-12T08:00:00Z", Fate::Lost);
    assert_eq!(tries, ["late-3 2027-03-10", "late-3 2027-03-10"]);
    assert_eq!(
        kept.live(
            "2027-03-12T08:00:00Z",
            "2027-06-01T08:00:00Z",
            Fate::Delivered
        ),
        ["late-10 2027-03-15", "late-21 2027-03-23"]
    );
}

#[test]
fn the_tool_may_want_nothing_sent_before_a_day_or_while_a_payment_is_on_its_way() {
    let day = || Some("2027-03-03".parse().unwrap());
    for is_payment in [false, true] {
        let mut kept = Kept::new();
        let mut told = invoice("in_1", "2027-02-15");
        if is_payment {
            told.payment_pending_until = day();
        } else {
            told.not_before = day();
        }
        kept.hear("2027-02-01T10:00:00Z", &event("2027-02-01T10:00:00Z", told));
        let left = kept.live(
            "2027-02-01T11:00:00Z",
            "2027-03-12T08:00:00Z",
            Fate::Delivered,
        );
        assert_eq!(left, ["late-3 2027-03-03", "late-10 2027-03-08"]);
    }
}

#[test]
fn what_an_earlier_version_skipped_or_finished_stays_so() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let id = kept.only().id().clone();
    let old = kept.file.open.get_mut(&id).unwrap();
    // As it stored an invoice that came in after its last date.
    old.opened_at = Some(at("2027-03-20T10:00:00Z"));
    old.outlook = Outlook::Finished;
    for step in &mut old.steps {
        step.state = StepState::Skipped(Skip::PastAtFirstContact);
    }
    let nothing = kept.live(
        "2027-03-21T08:00:00Z",
        "2027-08-01T08:00:00Z",
        Fate::Delivered,
    );
    assert_eq!(nothing, Vec::<String>::new());
    assert_eq!(kept.only().outlook, Outlook::Finished);
}

#[test]
fn of_questions_whose_days_have_both_come_only_the_later_is_asked() {
    let mut kept = told("2027-01-04T10:00:00Z", "2027-02-15");
    let until = Some("2027-02-09".parse().unwrap());
    kept.instruct("2027-01-05T10:00:00Z", Instruction::Pause(Pause { until }));
    assert_eq!(
        kept.live(
            "2027-01-05T11:00:00Z",
            "2027-02-16T08:00:00Z",
            Fate::Delivered
        ),
        ["ask-7 2027-02-09"]
    );
    assert!(kept.log.contains("ask-15 not sent: ask-7 speaks for it"));
}

#[test]
fn looks_are_not_written_into_the_journal_and_change_nothing_where_nothing_changed() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    kept.address("2027-01-11T11:00:00Z", None);
    let (before, log) = (kept.only().clone(), kept.log.clone());
    let mut looks = 0;
    let mut now = at("2027-01-12T00:00:00Z");
    // Until after the due date nothing changes for a debt that is held.
    while now < at("2027-02-01T00:00:00Z") {
        let look = kept.only().look_at;
        kept.look(now, Fate::Delivered);
        looks += usize::from(kept.only().look_at != look);
        now += SignedDuration::from_hours(1);
    }
    assert_eq!(looks, 3);
    let mut after = kept.only().clone();
    after.look_at = before.look_at;
    assert_eq!(after, before);
    let said = |log: &str| log.lines().filter(|line| line.starts_with(' ')).count();
    assert_eq!(said(&kept.log), said(&log));
    assert_eq!(debtor().name.as_deref(), Some("Client"));
}

#[test]
fn fault_2_a_claim_that_expires_loses_no_step_of_a_large_debtor() {
    let mut kept = Kept::new();
    for number in 0..150 {
        let new = event(
            "2027-01-11T10:00:00Z",
            invoice(&format!("in_{number:03}"), "2027-02-15"),
        );
        kept.hear("2027-01-11T10:00:00Z", &new);
    }
    // Ninety are claimed, and whoever claimed them dies.
    let lost = kept.live("2027-02-01T08:00:00Z", "2027-02-01T08:30:00Z", Fate::Lost);
    assert_eq!(lost.len(), 90);
    kept.live(
        "2027-02-01T09:00:00Z",
        "2027-02-06T08:00:00Z",
        Fate::Delivered,
    );
    let mut unsaid = kept.file.open.values().filter(|invoice| {
        let first = &invoice.steps[0];
        !matches!(first.state, StepState::Heard { .. })
    });
    assert_eq!(unsaid.next().map(|invoice| &invoice.steps[0]), None);
}

#[test]
fn an_invoice_that_changes_its_customer_while_a_mail_is_on_its_way_loses_no_step() {
    let moved_on = "2027-02-18T08:05:00Z";
    for is_heard in [false, true] {
        let mut old = told("2027-01-11T10:00:00Z", "2027-02-15");
        old.live(
            "2027-01-12T08:00:00Z",
            "2027-02-18T08:00:00Z",
            Fate::Delivered,
        );
        old.live("2027-02-18T08:00:00Z", "2027-02-18T08:01:00Z", Fate::Lost);
        let claim = old.file.debtor.claims.keys().next().unwrap().clone();
        let mut new = Kept::new();
        let invoice_id = old.only().id().clone();
        let mut moved = event(moved_on, invoice("in_1", "2027-02-15"));
        moved.customer = new.file.debtor.key.customer.clone();
        let known = Known {
            debtor: Some(&new.file.debtor),
            invoice: old.file.open.get(&invoice_id),
            parked: &Movements::default(),
            moved_from: Some(&old.file.debtor),
        };
        let change = receive(new.context(moved_on), known, &moved);
        new.write(moved_on, &change);
        old.file.open.clear();
        assert_eq!(old.file.gone(&claim).collect::<Vec<_>>(), [&invoice_id]);
        let mut expected = vec!["late-10 2027-02-25", "late-21 2027-03-08"];
        if is_heard {
            let heard = record_delivery(&new.file, &claim, &Delivery::Delivered, at(moved_on));
            new.write(moved_on, &heard);
        } else {
            expected.insert(0, "late-3 2027-02-18");
        }
        assert_eq!(
            new.live(
                "2027-02-18T09:00:00Z",
                "2027-06-01T08:00:00Z",
                Fate::Delivered
            ),
            expected
        );
    }
}

#[test]
fn fault_34_a_debtor_that_moves_at_each_sending_time_is_reminded_all_the_same() {
    let mut kept = told("2027-01-11T10:00:00Z", "2027-02-15");
    let mut left = Vec::new();
    let mut now = at("2027-01-25T00:00:00Z");
    while now < at("2027-03-20T00:00:00Z") {
        for (hour, country) in [(7, "NZ"), (9, "FR")] {
            let when = now + SignedDuration::from_hours(hour);
            let text = when.to_string();
            let moved = CustomerEvent {
                id: EventId::parse(format!("evt_{text}")).unwrap(),
                kind: "customer.updated".to_owned(),
                realm: realm(),
                customer: kept.file.debtor.key.customer.clone(),
                debtor: Some(Dated {
                    order: Order {
                        version: None,
                        at: when,
                    },
                    by: By::default(),
                    value: Profile {
                        country: Country::parse(country).ok(),
                        ..debtor()
                    },
                }),
                facts: CustomerFacts::default(),
                by: By::default(),
            };
            let change = receive_customer(kept.context(&text), Some(&kept.file.debtor), &moved);
            kept.write(&text, &change);
            kept.replan_all(&text);
            left.extend(kept.look(when + SignedDuration::from_mins(61), Fate::Delivered));
        }
        now += SignedDuration::from_hours(24);
    }
    let steps: Vec<&str> = left.iter().map(|left| &left[..left.len() - 11]).collect();
    assert_eq!(
        steps,
        ["ask-15", "ask-7", "late-3", "late-10", "late-21"],
        "{left:?}"
    );
    assert!(kept.team_was_told("place_unsteady") >= 1);
}
