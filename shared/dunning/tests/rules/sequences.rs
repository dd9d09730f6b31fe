//! Which ladder a debt climbs.

use dunning::billing::{DebtorKind, Profile, Tags};
use dunning::file::{Hold, Outlook, Skip, StepState};
use dunning::value::Country;

use crate::common::{debtor, euros, event, invoice};
use crate::ladders::{ISSUED, days, mail, policy, refused, state, step, told, under};

#[test]
fn wish_1_the_first_sequence_counts_whose_condition_holds_and_one_without_steps_sends_nothing() {
    let ladders = [
        "[[sequences]]\nname = \"never\"\nwhen = \"debtor.kind == 'consumer'\"\n",
        "[[sequences]]\nname = \"large\"\nwhen = \"invoice.remaining >= 5000\"\n",
        &step("sequences.steps", "large-1", "due + 1 day", ""),
        &mail("late", "due + 3 days", ""),
    ];
    let policy = policy(&ladders.concat());
    let planned = |kind: Option<DebtorKind>, amount: i64| {
        let mut kept = under(policy.clone());
        let mut invoice = invoice("in_1", "2027-02-15");
        invoice.total = euros(amount);
        invoice.remaining = euros(amount);
        let mut event = event(ISSUED, invoice);
        event.debtor = Some(Profile { kind, ..debtor() });
        let change = kept.hear(ISSUED, &event);
        (days(&kept, "in_1"), told(&change))
    };
    let nobody = Vec::new();
    assert_eq!(
        planned(Some(DebtorKind::Consumer), 900_000),
        (vec![], nobody.clone())
    );
    let large = vec!["large-1 Tue 2027-02-16".to_owned()];
    assert_eq!(planned(None, 500_000), (large, nobody.clone()));
    let usual = vec!["late Thu 2027-02-18".to_owned()];
    assert_eq!(
        planned(Some(DebtorKind::Business), 499_999),
        (usual, nobody)
    );
}

#[test]
fn what_was_heard_in_one_sequence_is_not_said_again_in_another_nor_anything_milder() {
    let ladders = [
        "[[sequences]]\nname = \"large\"\nwhen = \"invoice.remaining >= 5000\"\n",
        &step("sequences.steps", "large-1", "due + 1 day", ""),
        &step("sequences.steps", "large-9", "due + 9 days", ""),
        &mail("late-3", "due + 3 days", ""),
        &mail("late-6", "due + 6 days", "severity = 9"),
        &mail("late-20", "due + 20 days", ""),
    ];
    let mut kept = under(policy(&ladders.concat()));
    let mut snapshot = invoice("in_1", "2027-02-15");
    snapshot.total = euros(900_000);
    snapshot.remaining = euros(900_000);
    kept.hear(ISSUED, &event(ISSUED, snapshot.clone()));
    assert_eq!(
        kept.left(ISSUED, "2027-02-24T10:00:00Z"),
        ["large-1 2027-02-16", "large-9 2027-02-24"]
    );
    // A payment in part: it is no large one any more.
    snapshot.remaining = euros(100_000);
    let paid = "2027-02-24T12:00:00Z";
    kept.hear(paid, &event(paid, snapshot));
    assert!(matches!(
        state(&kept, "in_1", "late-3"),
        StepState::Merged { .. }
    ));
    assert!(matches!(
        state(&kept, "in_1", "late-6"),
        StepState::Merged { .. }
    ));
    assert!(matches!(
        state(&kept, "in_1", "large-9"),
        StepState::Heard { .. }
    ));
    assert_eq!(days(&kept, "in_1"), ["late-20 Mon 2027-03-08"]);
}

#[test]
fn wish_4_a_step_may_leave_out_what_is_too_small_for_it() {
    let ladder = [
        mail("late", "due + 3 days", ""),
        mail("last", "due + 21 days", "chase_from = \"150\""),
    ];
    let mut kept = under(policy(&ladder.concat()));
    kept.hear(ISSUED, &event(ISSUED, invoice("in_1", "2027-02-15")));
    assert_eq!(days(&kept, "in_1"), ["late Thu 2027-02-18"]);
    assert_eq!(
        state(&kept, "in_1", "last"),
        StepState::Skipped(Skip::NotWanted)
    );
}

#[test]
fn what_no_condition_leads_to_is_a_warning() {
    let always = "[[sequences]]\nname = \"all\"\n";
    let some = |name: &str| {
        format!("[[sequences]]\nname = \"{name}\"\nwhen = \"debtor.kind == 'consumer'\"\n")
    };
    let usual = mail("late", "due + 3 days", "");
    let warned = |ladders: &str| {
        let warnings = policy(ladders).warnings.into_iter();
        warnings.map(|warning| warning.what).collect::<Vec<_>>()
    };
    assert_eq!(
        warned(&format!("{always}{usual}")),
        [
            "[[steps]] are reached by `relance_plan` alone: a sequence without `when` is for everybody"
        ]
    );
    assert_eq!(
        warned(&format!("{always}{}", some("some"))),
        [
            "sequence `some` is reached by `relance_plan` alone: one above it has no `when` and is for everybody"
        ]
    );
    assert_eq!(
        warned(&format!("{}{}{usual}", some("one"), some("two"))),
        ["sequence `two` is reached by `relance_plan` alone: one above it has the same `when`"]
    );
    let never = mail("late", "due + 3 days", "when = \"1 > 2\"");
    assert_eq!(
        warned(&never),
        ["step `late`: when = \"1 > 2\" holds of nothing"]
    );
    assert_eq!(
        warned(&format!("{}{usual}", some("one"))),
        Vec::<String>::new()
    );
}

#[test]
fn ladders_that_end_nowhere_are_refused() {
    let never = "[[sequences]]\nname = \"some\"\nwhen = \"debtor.kind == 'consumer'\"\n";
    let usual = mail("late", "due + 3 days", "");
    assert_eq!(
        refused(never),
        [
            "there is no [[steps]] for what no sequence's `when` holds of: write them, or a last [[sequences]] without `when`"
        ]
    );
    let twice = step("sequences.steps", "late", "due + 1 day", "");
    assert_eq!(
        refused(&format!("{never}{twice}{usual}")),
        ["step `late` stands twice"]
    );
}

#[test]
fn a_sequence_has_its_own_patience_limit_and_least() {
    let ladders = [
        "[[sequences]]\nname = \"germans\"\nwhen = \"debtor.country == 'DE'\"\npatience = \"9 days\"\nchase_from = \"100.01\"\n",
        &step("sequences.steps", "de-1", "due + 1 day", ""),
        &mail("late", "due + 1 day", ""),
    ];
    let policy = policy(&ladders.concat());
    let told = |country: &str, amount: i64| {
        let mut kept = under(policy.clone());
        let mut snapshot = invoice("in_1", "2027-01-12");
        snapshot.total = euros(amount);
        snapshot.remaining = euros(amount);
        let mut told = event(ISSUED, snapshot);
        told.debtor = Some(Profile {
            country: Some(Country::parse(country).unwrap()),
            ..debtor()
        });
        kept.hear(ISSUED, &told);
        (kept.outlook("in_1").clone(), days(&kept, "in_1"))
    };
    assert_eq!(told("DE", 10_001).1, ["de-1 Wed 2027-01-20"]);
    assert_eq!(told("DE", 10_000).0, Outlook::Held(Hold::TooLittle));
    assert_eq!(told("FR", 10_000).1, ["late Thu 2027-01-14"]);
}

#[test]
fn what_the_tool_says_by_a_plan_goes_before_all_conditions_and_one_that_nobody_knows_holds() {
    let ladders = [
        "[[sequences]]\nname = \"gentle\"\nwhen = \"debtor.tags.tier == 'gold'\"\n",
        &step("sequences.steps", "gentle-9", "due + 9 days", ""),
        &mail("late", "due + 3 days", ""),
    ];
    let policy = policy(&ladders.concat());
    let planned = |plan: Option<&str>, tags: Tags| {
        let mut kept = under(policy.clone());
        let mut told = event(ISSUED, invoice("in_1", "2027-02-15"));
        told.invoice.plan = plan.map(str::to_owned);
        told.debtor = Some(Profile { tags, ..debtor() });
        kept.hear(ISSUED, &told);
        (days(&kept, "in_1"), kept.outlook("in_1").clone())
    };
    let gold = || Tags::of([("tier".to_owned(), "gold".to_owned())]);
    let gentle = ["gentle-9 Wed 2027-02-24".to_owned()];
    let usual = ["late Thu 2027-02-18".to_owned()];
    assert_eq!(planned(None, Tags::default()).0, usual);
    assert_eq!(planned(None, gold()).0, gentle);
    assert_eq!(planned(Some("gentle"), Tags::default()).0, gentle);
    assert_eq!(planned(Some("usual"), gold()).0, usual);
    assert_eq!(
        planned(Some("gentel"), gold()).1,
        Outlook::Held(Hold::Undecided)
    );
}
