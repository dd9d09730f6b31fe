//! What users of other systems complain of in public, by the number under which it was noted: it does not happen here.

use dunning::billing::{Collection, Profile, Status, Tags};
use dunning::file::{Hold, Outlook};
use dunning::policy::{Attach, Policy};
use dunning::rules::asked_for;
use dunning::value::Country;
use jiff::{SignedDuration, Timestamp};

use crate::common::{Kept, at, debtor, euros, event, invoice};
use crate::living::{Fate, told};

const ISSUED: &str = "2027-01-11T10:00:00Z";
const NOBODY: [&str; 0] = [];

/// The tests' policy with other steps in place of its own.
fn with_steps(steps: &str) -> Policy {
    let (before, _) = include_str!("relance.toml")
        .split_once("[[steps]]")
        .unwrap();
    Policy::parse(&format!("{before}\n{steps}")).unwrap_or_else(|why| panic!("{why}"))
}

fn late(id: &str, on: &str, more: &str) -> String {
    format!(
        "[[steps]]\nid = \"{id}\"\non = \"{on}\"\ntemplate = \"reminder\"\nsender = \"friendly\"\n{more}\n"
    )
}

/// Knocks at each so often, by day and by night: what leaves, with its day.
fn knocked(kept: &mut Kept, from: &str, until: &str, every: SignedDuration) -> Vec<String> {
    let (mut now, until) = (at(from), at(until));
    let mut left = Vec::new();
    while now < until {
        left.extend(kept.look(now, Fate::Delivered));
        now += every;
    }
    left
}

#[test]
fn complaint_1_2_3_however_often_somebody_knocks_one_mail_leaves() {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.left(ISSUED, "2027-02-18T07:00:00Z");
    let minute = SignedDuration::from_mins(1);
    let left = knocked(
        &mut kept,
        "2027-02-18T07:00:00Z",
        "2027-02-18T18:00:00Z",
        minute,
    );
    assert_eq!(left, ["late-3 2027-02-18"]);
}

#[test]
fn complaint_5_a_ladder_has_an_end_and_a_person_is_told_of_it_once() {
    let mut kept = told(ISSUED, "2027-02-15");
    let left = kept.left(ISSUED, "2028-02-15T10:00:00Z");
    assert_eq!(
        left,
        [
            "ask-15 2027-02-01",
            "ask-7 2027-02-08",
            "late-3 2027-02-18",
            "late-10 2027-02-25",
            "late-21 2027-03-08"
        ]
    );
    assert_eq!(*kept.outlook("in_1"), Outlook::Finished);
    assert_eq!(kept.team_was_told("last_step_sent"), 1);
}

#[test]
fn complaint_6_7_what_an_outage_missed_is_made_up_from_the_first_rung_on() {
    let mut kept = told(ISSUED, "2027-02-15");
    kept.left(ISSUED, "2027-02-17T10:00:00Z");
    // Nobody knocks for three weeks: all three days have passed.
    assert_eq!(
        kept.left("2027-03-10T08:00:00Z", "2027-05-01T10:00:00Z"),
        [
            "late-3 2027-03-10",
            "late-10 2027-03-15",
            "late-21 2027-03-23"
        ]
    );
}

#[test]
fn complaint_8_an_invoice_that_a_condition_fails_for_stops_no_other() {
    let condition = "when = \"invoice.tags.level|float > 3 if invoice.tags.level else true\"";
    let mut kept = Kept::new();
    kept.policy = with_steps(&late("late", "due + 3 days", condition));
    for (id, level) in [("in_1", "high"), ("in_2", "")] {
        let mut snapshot = invoice(id, "2027-02-15");
        snapshot.tags = Tags::of([("level".to_owned(), level.to_owned())]);
        kept.hear(ISSUED, &event(ISSUED, snapshot));
    }
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::Undecided));
    assert_eq!(
        kept.left(ISSUED, "2027-03-15T10:00:00Z"),
        ["late 2027-02-18"]
    );
    assert_eq!(*kept.outlook("in_2"), Outlook::Finished);
}

#[test]
fn complaint_9_what_is_paid_in_part_is_reminded_of_for_what_is_left() {
    let mut kept = told(ISSUED, "2027-02-15");
    let paid = "2027-02-16T10:00:00Z";
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.remaining = euros(4_000);
    kept.hear(paid, &event(paid, snapshot));
    assert_eq!(
        kept.left(paid, "2027-02-26T10:00:00Z"),
        ["late-3 2027-02-18", "late-10 2027-02-25"]
    );
    assert_eq!(
        asked_for(&kept.only().balance(), &kept.policy),
        euros(4_000)
    );
}

#[test]
fn complaint_10_when_the_older_invoice_is_paid_the_newer_one_climbs_its_own_ladder() {
    let mut kept = told(ISSUED, "2027-01-28");
    kept.hear(ISSUED, &event(ISSUED, invoice("in_2", "2027-02-15")));
    let paid = "2027-02-17T10:00:00Z";
    kept.left(ISSUED, paid);
    let mut snapshot = invoice("in_1", "2027-01-28");
    snapshot.status = Status::Paid;
    snapshot.remaining = euros(0);
    kept.hear(paid, &event(paid, snapshot));
    // The older one stood at its second reminder.
    assert_eq!(
        kept.left(paid, "2027-03-20T10:00:00Z"),
        [
            "late-3 2027-02-18",
            "late-10 2027-02-25",
            "late-21 2027-03-08"
        ]
    );
}

#[test]
fn complaint_13_nobody_is_reminded_of_what_he_has_not_had_for_some_days() {
    let first = |patience: &str| {
        let text = include_str!("relance.toml");
        let mut kept = Kept::new();
        let first_contact = format!("[first_contact]\npatience = \"{patience}\"\n");
        kept.policy = Policy::parse(&format!("{first_contact}{text}")).unwrap();
        // It was due the day before it came in.
        let came = "2027-02-16T10:00:00Z";
        kept.hear(came, &event(came, invoice("in_1", "2027-02-15")));
        let left = kept.left(came, "2027-03-01T10:00:00Z");
        left[0].clone()
    };
    assert_eq!(first("3 days"), "late-3 2027-02-19");
    assert_eq!(first("7 days"), "late-3 2027-02-23");
}

#[test]
fn complaint_14_what_has_no_due_date_is_late_for_nobody_and_the_team_is_told() {
    let mut kept = Kept::new();
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.due_on = None;
    kept.hear(ISSUED, &event(ISSUED, snapshot));
    assert_eq!(kept.left(ISSUED, "2027-06-01T10:00:00Z"), NOBODY);
    assert_eq!(*kept.outlook("in_1"), Outlook::Held(Hold::NoDueDate));
    assert_eq!(kept.team_was_told("no_due_date"), 1);
}

#[test]
fn complaint_16_whoever_is_charged_automatically_is_left_to_that() {
    let mut kept = Kept::new();
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.collection = Collection::ChargeAutomatically;
    kept.hear(ISSUED, &event(ISSUED, snapshot));
    assert_eq!(kept.left(ISSUED, "2027-06-01T10:00:00Z"), NOBODY);
    assert_eq!(kept.log.matches("team:").count(), 0, "{}", kept.log);
}

#[test]
fn complaint_17_the_sending_time_is_that_of_the_debtors_clock() {
    let at_nine = |country: &str| -> Timestamp {
        let mut kept = Kept::new();
        let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
        told.debtor = Some(Profile {
            country: Some(Country::parse(country).unwrap()),
            ..debtor()
        });
        kept.hear(ISSUED, &told);
        let steps = kept.only().steps.iter();
        let mut steps = steps.filter(|step| step.id.as_str() == "late-3");
        steps.next().unwrap().at
    };
    assert_eq!(at_nine("FR"), at("2027-02-18T08:00:00Z"));
    assert_eq!(at_nine("GB"), at("2027-02-18T09:00:00Z"));
    assert_eq!(at_nine("JP"), at("2027-02-18T00:00:00Z"));
}

#[test]
fn complaint_18_nothing_leaves_at_night_on_a_week_end_or_on_a_holiday() {
    // Three days after it is the Sunday of Easter.
    let mut kept = told(ISSUED, "2027-03-25");
    kept.left(ISSUED, "2027-03-26T00:00:00Z");
    let hour = SignedDuration::from_hours(1);
    let weekend = ("2027-03-26T00:00:00Z", "2027-03-30T07:00:00Z");
    assert_eq!(knocked(&mut kept, weekend.0, weekend.1, hour), NOBODY);
    // Nine o'clock in Paris, in summer time.
    assert_eq!(
        kept.look(at("2027-03-30T07:00:00Z"), Fate::Delivered),
        ["late-3 2027-03-30"]
    );
}

#[test]
fn wish_3_a_step_says_whether_the_invoice_goes_along() {
    let steps = [
        late("late", "due + 3 days", ""),
        late("firm", "due + 10 days", "attach = \"invoice\""),
    ];
    let policy = with_steps(&steps.concat());
    let attached: Vec<_> = policy.mails().map(|(_, mail)| mail.attach).collect();
    assert_eq!(attached, [None, Some(Attach::Invoice)]);
}
