//! Addresses as tools give them: what is kept of them, whom a mail goes to, and what is said of those that are none.

use dunning::billing::Profile;
use dunning::file::{AddressTrouble, Hold, Outlook};
use dunning::rules::{Change, receive_customer};
use dunning::value::{Addresses, EmailAddress};

use proptest::prelude::*;

use crate::common::{Kept, at, debtor, event, invoice, one_invoice};

fn profile(given: &str) -> Profile {
    let Addresses { usable, unusable } = Addresses::read(given);
    let mut usable = usable.into_iter();
    Profile {
        email: usable.next(),
        other_emails: usable.collect(),
        unusable_emails: unusable,
        ..debtor()
    }
}

/// The tool shows the invoice with this in the field for addresses.
fn hear(kept: &mut Kept, when: &str, given: &str) -> Change {
    let mut shown = event(when, invoice("in_1", "2027-02-15"));
    shown.debtor = Some(profile(given));
    kept.hear(when, &shown)
}

fn team(change: &Change) -> Vec<(&str, &str)> {
    let notices = change.notices.iter();
    notices
        .map(|notice| (notice.kind.as_str(), notice.subject.as_str()))
        .collect()
}

fn outlook(kept: &Kept) -> &Outlook {
    &kept.file.open.values().next().unwrap().outlook
}

#[test]
fn fault_23_of_several_addresses_all_are_kept_and_the_first_is_written_to() {
    let mut kept = Kept::new();
    let when = "2027-01-11T10:00:00Z";
    let change = hear(&mut kept, when, "Compta <a@x.example>; b@x.example");
    assert!(change.notices.is_empty());
    let known = &kept.file.debtor.profile.value;
    assert_eq!(known.email.as_ref().unwrap().as_str(), "a@x.example");
    assert_eq!(known.other_emails[0].as_str(), "b@x.example");
    assert!(matches!(outlook(&kept), Outlook::Next { .. }));
}

#[test]
fn fault_23_what_is_no_address_is_named_in_the_journal_and_to_the_team() {
    let mut kept = Kept::new();
    let change = hear(
        &mut kept,
        "2027-01-11T10:00:00Z",
        "compta@exemple, héloïse@exemple.fr",
    );
    assert_eq!(*outlook(&kept), Outlook::Held(Hold::NoAddress));
    let lines: Vec<_> = change
        .journal
        .iter()
        .map(|line| line.what.to_string())
        .collect();
    assert!(lines.contains(
        &"the address \"compta@exemple\" cannot be written to: its domain has no dot".to_owned()
    ));
    assert_eq!(
        team(&change),
        [
            ("address_incomplete", "N-in_1: compta@exemple"),
            ("address_not_ascii", "N-in_1: héloïse@exemple.fr"),
        ]
    );
    // Told again, it is not said again.
    let again = hear(
        &mut kept,
        "2027-01-12T10:00:00Z",
        "compta@exemple, héloïse@exemple.fr",
    );
    assert!(again.notices.is_empty());
    assert!(
        !again
            .journal
            .iter()
            .any(|line| line.what.to_string().contains("compta@exemple"))
    );
}

#[test]
fn fault_23_a_correction_that_is_wrong_as_well_is_told_again() {
    let mut kept = Kept::new();
    hear(&mut kept, "2027-01-11T10:00:00Z", "compta@exemple");
    let change = hear(&mut kept, "2027-01-12T10:00:00Z", "compta@exemple,fr");
    assert_eq!(team(&change), [("address_incomplete", "Client: fr")]);
    hear(&mut kept, "2027-01-13T10:00:00Z", "compta@exemple.fr");
    assert!(matches!(outlook(&kept), Outlook::Next { .. }));
}

#[test]
fn what_is_wrong_beside_an_address_is_in_the_journal_and_stops_nothing() {
    let mut kept = Kept::new();
    let change = hear(
        &mut kept,
        "2027-01-11T10:00:00Z",
        "a@x.example, compta@exemple",
    );
    assert!(change.notices.is_empty());
    assert!(matches!(outlook(&kept), Outlook::Next { .. }));
    assert!(kept.log.contains("compta@exemple"));
}

#[test]
fn what_a_customer_alone_is_told_by_is_read_the_same_way() {
    let kept = one_invoice();
    let mut told = kept.file.debtor.profile.clone();
    told.order.at = at("2027-01-12T10:00:00Z");
    told.value = profile("compta@exemple");
    let event = dunning::billing::CustomerEvent {
        id: dunning::value::EventId::parse("evt_1").unwrap(),
        kind: "customer.updated".to_owned(),
        realm: kept.file.debtor.key.realm.clone(),
        customer: kept.file.debtor.key.customer.clone(),
        debtor: Some(told),
        facts: dunning::billing::CustomerFacts::default(),
        by: dunning::billing::By::default(),
    };
    let change = receive_customer(
        kept.context("2027-01-12T10:00:00Z"),
        Some(&kept.file.debtor),
        &event,
    );
    let last = change.journal.last().unwrap().what.to_string();
    assert!(last.contains("compta@exemple"), "{last}");
}

#[test]
fn an_address_that_bounced_is_held_however_it_is_spelled() {
    let mut kept = one_invoice();
    let bounced = EmailAddress::parse("Compta@xn--bcher-kva.example").unwrap();
    let held = &mut kept.file.debtor.held_addresses;
    held.insert(bounced, AddressTrouble::Bounced);
    hear(&mut kept, "2027-01-12T10:00:00Z", "compta@Bücher.example");
    assert_eq!(*outlook(&kept), Outlook::Held(Hold::AddressBounced));
}

proptest! {
    #[test]
    fn whatever_stands_in_a_field_what_is_read_of_it_is_read_again(
        field in "[ab@.,;:<>()\"'/ é\u{200b}\n-]{0,40}",
    ) {
        let read = Addresses::read(&field);
        let mut again = Vec::new();
        for address in &read.usable {
            prop_assert!(address.as_str().is_ascii());
            let parsed = EmailAddress::parse(address.as_str());
            prop_assert_eq!(parsed.as_ref(), Ok(address));
            again.push(address.as_str());
        }
        prop_assert_eq!(Addresses::read(&again.join(", ")).usable, read.usable);
    }
}
