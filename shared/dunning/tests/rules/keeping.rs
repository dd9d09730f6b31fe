//! What a file says of the debtor, its invoices and their steps; and how it is stored.

use dunning::billing::{By, Dated, Order, Profile, Status};
use dunning::file::{
    AddressTrouble, Attempt, Claim, Debtor, Hold, Invoice, NextAction, NotChased, Outlook, Pause,
    StepOf, StepState, TeamClaim,
};
use dunning::value::{ClaimId, Country, InvoiceId, Language, StepId, Zone};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::common::{Kept, at, debtor, euros, event, invoice, policy};

const MONDAY: &str = "2027-01-11T10:00:00Z";
const TUESDAY: &str = "2027-01-12T10:00:00Z";

fn language(code: &str) -> Language {
    Language::parse(code).unwrap()
}

fn told(when: &str, value: Profile) -> Dated<Profile> {
    let order = Order {
        version: None,
        at: at(when),
    };
    Dated {
        order,
        value,
        by: By::default(),
    }
}

fn who_reads(code: Option<&str>) -> Profile {
    Profile {
        language: code.map(language),
        ..debtor()
    }
}

fn in_country(code: Option<&str>) -> Profile {
    Profile {
        country: code.map(|code| Country::parse(code).unwrap()),
        ..debtor()
    }
}

/// A debtor of whom this was said on Monday.
fn known(value: Profile) -> Debtor {
    Debtor::new(Kept::new().file.debtor.key, told(MONDAY, value))
}

fn written_to_in(debtor: &Debtor, templates: &[&str]) -> String {
    let available: Vec<_> = templates.iter().map(|code| language(code)).collect();
    debtor.language(&policy(), &available).to_string()
}

#[test]
fn a_debtor_is_written_to_in_the_language_that_was_told_last() {
    let mut debtor = known(who_reads(Some("de")));
    assert_eq!(written_to_in(&debtor, &["en", "fr", "de", "es"]), "de");
    debtor.hear(&told(TUESDAY, who_reads(Some("es"))));
    assert_eq!(written_to_in(&debtor, &["en", "fr", "de", "es"]), "es");
    // An old word that comes late, and a new one about everything else.
    debtor.hear(&told("2027-01-10T10:00:00Z", who_reads(Some("fr"))));
    debtor.hear(&told("2027-01-13T10:00:00Z", who_reads(None)));
    assert_eq!(written_to_in(&debtor, &["en", "fr", "de", "es"]), "es");
}

#[test]
fn a_debtor_whose_language_nobody_told_is_written_to_in_that_of_its_country() {
    let french = known(in_country(Some("FR")));
    assert_eq!(written_to_in(&french, &["en", "fr"]), "fr");
    // Belgium speaks several: the company's own.
    let belgian = known(in_country(Some("BE")));
    assert_eq!(written_to_in(&belgian, &["en", "fr"]), "en");
    let nowhere = known(in_country(None));
    assert_eq!(written_to_in(&nowhere, &["en", "fr"]), "en");
}

#[test]
fn a_debtor_whose_language_has_no_templates_is_written_to_in_that_of_its_country_or_of_the_company()
{
    let spanish = known(who_reads(Some("es")));
    assert_eq!(written_to_in(&spanish, &["en", "fr"]), "fr");
    assert_eq!(written_to_in(&spanish, &["en", "de"]), "en");
}

#[test]
fn a_norwegian_reads_what_there_is_of_its_two_written_forms() {
    let bokmal = known(who_reads(Some("nb-NO")));
    assert_eq!(written_to_in(&bokmal, &["en", "no"]), "no");
    assert_eq!(written_to_in(&bokmal, &["en", "nn"]), "nn");
    assert_eq!(written_to_in(&bokmal, &["en", "nb", "nn"]), "nb");
}

#[test]
fn a_debtor_abroad_is_written_to_as_there_where_there_are_words() {
    let built_in = ["de", "en", "es", "fr", "it", "nl", "pl", "pt"];
    for (country, language) in [
        ("DE", "de"),
        ("MX", "es"),
        ("IT", "it"),
        ("NL", "nl"),
        ("PL", "pl"),
        ("BR", "pt"),
        ("CH", "en"),
    ] {
        let there = known(in_country(Some(country)));
        assert_eq!(written_to_in(&there, &built_in), language, "{country}");
    }
}

#[test]
fn the_language_of_a_file_from_before_it_was_kept_apart_is_that_of_the_profile() {
    let mut old = known(who_reads(Some("de")));
    old.language = None;
    assert_eq!(written_to_in(&old, &["en", "de"]), "de");
}

#[test]
fn what_was_said_of_a_debtor_last_counts_in_whatever_order_it_comes() {
    let named = |name: &str| Profile {
        name: Some(name.to_owned()),
        ..debtor()
    };
    let mut debtor = known(named("Before"));
    debtor.hear(&told(TUESDAY, named("After")));
    assert_eq!(debtor.name(), "After");
    debtor.hear(&told(MONDAY, named("Before")));
    assert_eq!(debtor.name(), "After");
}

#[test]
fn a_debtor_is_called_by_its_name_or_else_by_the_tools_id() {
    assert_eq!(known(debtor()).name(), "Client");
    let nameless = Profile {
        name: None,
        ..debtor()
    };
    assert_eq!(known(nameless).name(), "cus_1");
}

#[test]
fn an_invoice_is_called_by_the_number_printed_on_it_or_else_by_the_tools_id() {
    let mut kept = Kept::new();
    let mut unnumbered = invoice("in_2", "2027-02-15");
    unnumbered.number = None;
    kept.hear(MONDAY, &event(MONDAY, invoice("in_1", "2027-02-15")));
    kept.hear(MONDAY, &event(MONDAY, unnumbered));
    let names: Vec<_> = kept.file.open.values().map(Invoice::name).collect();
    assert_eq!(names, ["N-in_1", "in_2"]);
}

#[test]
fn a_debtors_day_is_counted_in_its_own_zone_or_that_of_its_country_or_of_the_company() {
    let nine_for = |profile: Profile| {
        let debtor = known(profile);
        let policy = policy();
        let calendar = debtor.calendar(&policy);
        calendar.sending_time("2027-01-15".parse().unwrap())
    };
    // Nine in Tokyo, in London, in Paris.
    let in_tokyo = Profile {
        time_zone: Zone::parse("Asia/Tokyo").ok(),
        ..debtor()
    };
    assert_eq!(nine_for(in_tokyo), at("2027-01-15T00:00:00Z"));
    assert_eq!(nine_for(in_country(Some("GB"))), at("2027-01-15T09:00:00Z"));
    assert_eq!(nine_for(in_country(None)), at("2027-01-15T08:00:00Z"));
}

fn claim(unknown_after: &str, expired: bool) -> Claim {
    Claim {
        at: at(MONDAY),
        day: "2027-01-11".parse().unwrap(),
        to: None,
        unknown_after: at(unknown_after),
        steps: Vec::new(),
        expired,
    }
}

#[test]
fn the_first_mail_of_which_nothing_was_heard_is_looked_at_first() {
    let mut debtor = known(debtor());
    assert_eq!(debtor.next_action_at(), None);
    for (id, unknown_after, expired) in [
        ("c1", "2027-01-11T12:00:00Z", false),
        ("c2", "2027-01-11T11:00:00Z", false),
        // That one has been decided anew already.
        ("c3", "2027-01-11T10:30:00Z", true),
    ] {
        let id = ClaimId::parse(id).unwrap();
        debtor.claims.insert(id, claim(unknown_after, expired));
    }
    assert_eq!(debtor.next_action_at(), Some(at("2027-01-11T11:00:00Z")));
}

#[test]
fn a_pause_is_over_on_the_day_that_was_said_or_when_somebody_says_so() {
    let day = |text: &str| -> Date { text.parse().unwrap() };
    let until = Pause {
        until: Some(day("2027-01-15")),
    };
    assert!(until.is_on(day("2027-01-14")));
    assert!(!until.is_on(day("2027-01-15")));
    assert!(!until.is_on(day("2027-01-16")));
    let open_ended = Pause { until: None };
    assert!(open_ended.is_on(day("2037-01-15")));
}

#[test]
fn a_held_address_says_what_the_trouble_is() {
    let newer = |stored: &str| serde_json::from_str::<AddressTrouble>(stored).unwrap();
    assert_eq!(Hold::from(&AddressTrouble::Bounced), Hold::AddressBounced);
    assert_eq!(
        Hold::from(&AddressTrouble::Complained),
        Hold::AddressComplained
    );
    // Whatever a newer version has against it, another address ends it.
    let unknown: AddressTrouble = newer("\"greylisted\"");
    assert_eq!(Hold::from(&unknown), Hold::AddressBounced);
}

#[test]
fn an_invoice_is_closed_once_it_is_paid_void_or_written_off() {
    for (status, closed) in [
        (Status::Draft, false),
        (Status::Open, false),
        (Status::Paid, true),
        (Status::Void, true),
        (Status::Uncollectible, true),
    ] {
        let mut kept = Kept::new();
        let mut told = invoice("in_1", "2027-02-15");
        (told.status, told.remaining) = (status, euros(10_000));
        let change = kept.hear(MONDAY, &event(MONDAY, told));
        assert_eq!(change.invoices[0].is_closed(), closed, "{status:?}");
    }
}

#[test]
fn only_what_is_planned_for_an_invoice_that_is_chased_is_scheduled() {
    let mut kept = Kept::new();
    kept.hear(MONDAY, &event(MONDAY, invoice("in_1", "2027-02-15")));
    let mut invoice = kept.file.open.into_values().next().unwrap();
    let scheduled = |invoice: &Invoice| -> Vec<(String, Timestamp)> {
        let steps = invoice.scheduled();
        steps.map(|(step, at)| (step.to_string(), at)).collect()
    };
    let nine = |day: &str| at(&format!("{day}T08:00:00Z"));
    invoice.steps[0].state = StepState::Merged {
        into: StepId::parse("ask-7").unwrap(),
    };
    assert_eq!(
        scheduled(&invoice),
        [
            ("ask-7".to_owned(), nine("2027-02-08")),
            ("late-3".to_owned(), nine("2027-02-18")),
            ("late-10".to_owned(), nine("2027-02-25")),
            ("late-21".to_owned(), nine("2027-03-08")),
        ]
    );
    assert_eq!(invoice.next_step_at(), Some(nine("2027-02-01")));
    for quiet in [
        Outlook::Held(Hold::Paused),
        Outlook::Finished,
        Outlook::NotChased(NotChased::Paid),
    ] {
        invoice.outlook = quiet;
        assert_eq!(scheduled(&invoice), []);
        assert_eq!(invoice.next_step_at(), None);
        let look = invoice.look_at.unwrap();
        assert_eq!(invoice.next_action(), Some(NextAction::Look(look)));
    }
}

#[test]
fn a_second_try_is_stored_as_again() {
    for (attempt, again) in [(Attempt::First, false), (Attempt::Last, true)] {
        let claim = TeamClaim {
            id: ClaimId::parse("c").unwrap(),
            unknown_after: at(MONDAY),
            told_before: None,
            rehearsed_before: None,
            attempt,
        };
        let stored = json!({
            "id": "c",
            "settle_by": MONDAY,
            "told_before": null,
            "again": again,
        });
        assert_eq!(serde_json::to_value(&claim).unwrap(), stored);
        assert_eq!(serde_json::from_value::<TeamClaim>(stored).unwrap(), claim);
    }
}

#[test]
fn a_step_of_a_mail_is_stored_with_its_invoice_as_a_pair() {
    let step = StepOf {
        invoice: InvoiceId::parse("in_1").unwrap(),
        step: StepId::parse("late-3").unwrap(),
    };
    let stored = json!(["in_1", "late-3"]);
    assert_eq!(serde_json::to_value(&step).unwrap(), stored);
    assert_eq!(serde_json::from_value::<StepOf>(stored).unwrap(), step);
}

#[test]
fn a_release_is_an_instant_and_was_once_a_place_in_the_order_of_events() {
    let mut kept = Kept::new();
    kept.hear(MONDAY, &event(MONDAY, invoice("in_1", "2027-02-15")));
    let known = kept.file.open.into_values().next().unwrap();
    let released = |stored: serde_json::Value| {
        let mut invoice = serde_json::to_value(&known).unwrap();
        invoice["released"] = stored;
        serde_json::from_value::<Invoice>(invoice).unwrap().released
    };
    assert_eq!(released(json!(TUESDAY)), Some(at(TUESDAY)));
    let place = json!({ "version": 3, "at": TUESDAY });
    assert_eq!(released(place), Some(at(TUESDAY)));
    assert_eq!(released(json!(null)), None);
}
