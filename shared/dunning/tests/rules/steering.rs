//! What a person steers from the tool, by the metadata of a debtor or an invoice; whom a reminder may go to; and what
//! is told of a debtor by some events and not by others.

use std::collections::BTreeMap;

use dunning::billing::{By, Contact, CustomerFacts, Dated, Profile, Role, Steering, Tags};
use dunning::file::{Debtor, Hold, Outlook};
use dunning::rules::{Found, Gap, restore, withdraw};
use dunning::value::{Addresses, EmailAddress, EventId};
use proptest::prelude::*;

use crate::common::{Kept, at, debtor, event, invoice, realm};
use crate::facts::{ISSUED, dated, held, of_customer, two_invoices};

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn contact(role: Role, address: &str) -> Contact {
    Contact {
        role,
        name: None,
        email: Some(email(address)),
        phone: None,
    }
}

fn tags(told: &[(&str, &str)]) -> Tags {
    let told = told.iter();
    Tags::of(told.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
}

/// A debtor whose metadata is shown, as a translation makes it.
fn steered(steering: Steering) -> Profile {
    let mut profile = debtor();
    profile.steer(&steering);
    profile.steering = Some(steering);
    profile
}

fn off() -> Steering {
    Steering {
        left_alone: true,
        ..Steering::default()
    }
}

impl Kept {
    fn hear_profile(&mut self, when: &str, profile: Profile) {
        let told = of_customer(when, Some(profile), CustomerFacts::default());
        self.hear_customer(when, &told);
    }
}

#[test]
fn wish_19_a_customer_that_is_switched_off_stays_so_though_its_next_invoice_does_not_show_its_metadata()
 {
    let mut kept = two_invoices();
    kept.hear_profile("2027-02-16T10:00:00Z", steered(off()));
    assert_eq!(*kept.outlook("in_1"), held(Hold::LeftAlone));
    // The tool shows an invoice, and its debtor as it stands on it.
    let later = "2027-02-17T10:00:00Z";
    kept.hear(later, &event(later, invoice("in_3", "2027-02-15")));
    for name in ["in_1", "in_3"] {
        assert_eq!(*kept.outlook(name), held(Hold::LeftAlone), "{name}");
    }
    let until = "2027-02-22T10:00:00Z";
    assert_eq!(kept.left(later, until), Vec::<String>::new());
    // Nothing is left of it in the metadata.
    kept.hear_profile(until, steered(Steering::default()));
    let left = kept.left(until, "2027-02-24T10:00:00Z");
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn wish_19_a_customers_quiet_until_a_day_outlives_what_does_not_show_it() {
    let mut kept = two_invoices();
    let wish = Steering {
        not_before: Some("2027-03-03".parse().unwrap()),
        ..Steering::default()
    };
    kept.hear_profile("2027-02-16T10:00:00Z", steered(wish));
    let later = "2027-02-17T10:00:00Z";
    kept.hear(later, &event(later, invoice("in_2", "2027-02-15")));
    assert_eq!(
        kept.left(later, "2027-03-04T10:00:00Z"),
        ["late-3 2027-03-03", "late-3 2027-03-03"]
    );
}

#[test]
fn the_address_that_a_person_chose_counts_before_the_tools_own_and_outlives_what_does_not_show_it()
{
    let mut kept = two_invoices();
    let chosen = Steering {
        emails: vec![email("achats@client.example.com")],
        plan: Some("key accounts".to_owned()),
        ..Steering::default()
    };
    kept.hear_profile("2027-02-16T10:00:00Z", steered(chosen));
    let later = "2027-02-17T10:00:00Z";
    kept.hear(later, &event(later, invoice("in_2", "2027-02-15")));
    let profile = &kept.file.debtor.profile.value;
    assert_eq!(profile.email, Some(email("achats@client.example.com")));
    assert_eq!(
        profile.other_emails,
        [email("compta@client.example.com")],
        "the tool's own is known, and not written to"
    );
    assert_eq!(profile.plan.as_deref(), Some("key accounts"));
}

#[test]
fn where_the_chosen_address_cannot_be_written_to_nothing_goes_to_the_tools_own_either() {
    let mut kept = two_invoices();
    let Addresses { usable, unusable } = Addresses::read("achats@client");
    let chosen = Steering {
        emails: usable,
        unusable_emails: unusable,
        ..Steering::default()
    };
    kept.hear_profile("2027-02-16T10:00:00Z", steered(chosen));
    assert_eq!(*kept.outlook("in_1"), held(Hold::NoAddress));
    let named = "\"achats@client\" cannot be written to: its domain has no dot";
    assert!(kept.log.contains(named), "{}", kept.log);
}

#[test]
fn peers_22_whom_to_turn_to_is_known_by_the_part_that_each_plays() {
    let mut kept = Kept::new();
    let mut shown = invoice("in_1", "2027-02-15");
    shown.contacts = vec![contact(Role::Approver, "direction@client.example.com")];
    let mut told = event(ISSUED, shown);
    told.debtor = Some(Profile {
        contacts: vec![
            contact(Role::Invoice, "robot@client.example.com"),
            contact(Role::Escalation, "siege@client.example.com"),
        ],
        ..debtor()
    });
    kept.hear(ISSUED, &told);
    let manager = contact(Role::AccountManager, "clients@us.example.com");
    let steering = Steering {
        emails: vec![email("achats@client.example.com")],
        contacts: vec![manager.clone()],
        ..Steering::default()
    };
    let when = "2027-02-02T10:00:00Z";
    let mut profile = told.debtor.unwrap();
    profile.steer(&steering);
    profile.steering = Some(steering);
    kept.hear_profile(when, profile);
    let of_invoice = &kept.file.open.values().next().unwrap().balance().contacts[..];
    assert_eq!(
        of_invoice,
        [contact(Role::Approver, "direction@client.example.com")]
    );
    assert_eq!(
        kept.file.debtor.profile.value.contacts,
        [
            contact(Role::Invoice, "achats@client.example.com"),
            manager,
            contact(Role::Invoice, "robot@client.example.com"),
            contact(Role::Escalation, "siege@client.example.com"),
        ]
    );
}

#[test]
fn a_contact_whom_a_person_chose_keeps_its_name_and_comes_first() {
    let named = Contact {
        name: Some("Service achats".to_owned()),
        ..contact(Role::Invoice, "achats@client.example.com")
    };
    let mut profile = Profile {
        contacts: vec![
            contact(Role::Invoice, "robot@client.example.com"),
            named.clone(),
        ],
        ..debtor()
    };
    profile.steer(&Steering {
        emails: vec![email("achats@client.example.com")],
        ..Steering::default()
    });
    assert_eq!(
        profile.contacts,
        [named, contact(Role::Invoice, "robot@client.example.com")]
    );
}

#[test]
fn a_number_that_was_told_stays_until_another_one_is_told() {
    let mut kept = two_invoices();
    let numbered = |vat: &str| Profile {
        vat_number: Some(vat.to_owned()),
        ..debtor()
    };
    kept.hear_profile("2027-02-02T10:00:00Z", numbered("FR1"));
    kept.hear_profile("2027-02-03T10:00:00Z", debtor());
    let known = |kept: &Kept| kept.file.debtor.profile.value.vat_number.clone();
    assert_eq!(known(&kept).as_deref(), Some("FR1"));
    kept.hear_profile("2027-02-04T10:00:00Z", numbered("FR2"));
    assert_eq!(known(&kept).as_deref(), Some("FR2"));
}

#[test]
fn what_a_delivery_said_in_metadata_is_withdrawn_when_it_is_told_anew_of_another() {
    let mut kept = two_invoices();
    let when = "2027-02-16T10:00:00Z";
    let mut told = of_customer(when, Some(steered(off())), CustomerFacts::default());
    let by = |translation| By::delivery("evt_1", translation);
    told.debtor.as_mut().unwrap().by = by(1);
    kept.hear_customer(when, &told);
    let later = "2027-02-17T10:00:00Z";
    kept.hear_profile(later, debtor());
    assert!(kept.file.debtor.profile.value.left_alone);
    let name = EventId::parse("evt_1").unwrap();
    let ctx = kept.context(later);
    let change = withdraw(ctx, &kept.file.debtor, None, &name, by(2));
    let debtor = change.debtor.unwrap();
    assert!(!debtor.profile.value.left_alone);
    assert_eq!(debtor.profile.value, crate::common::debtor());
}

#[test]
fn a_backup_does_not_let_go_whom_somebody_has_switched_off_since() {
    let kept = two_invoices();
    let all = |kept: &Kept| Found {
        debtor: Some(kept.file.debtor.clone()),
        invoices: kept.file.open.values().cloned().collect(),
    };
    let mut live = two_invoices();
    live.hear_profile("2027-02-16T10:00:00Z", steered(off()));
    live.hear_profile("2027-02-17T10:00:00Z", debtor());
    let gap = Gap {
        from: at("2027-02-15T10:00:00Z"),
        until: at("2027-02-18T10:00:00Z"),
    };
    let key = &kept.file.debtor.key;
    let change = restore(key, all(&kept), &all(&live), gap, &kept.policy);
    let debtor = change.debtor.unwrap();
    assert!(debtor.profile.value.left_alone);
    let held = |outlook: &Outlook| *outlook == held(Hold::LeftAlone);
    assert!(change.invoices.iter().all(|invoice| held(&invoice.outlook)));
}

/// In metadata: whether it is off, until when, to how many, by which plan.
type Noted = (bool, u8, u8, u8);

/// What several events may tell of one debtor, some at the same second.
fn tellings() -> impl Strategy<Value = Vec<Dated<Profile>>> {
    let one = (
        0_u8..4,
        prop::option::of((any::<bool>(), 0_u8..3, 0_u8..3, 0_u8..3)),
        0_u8..3,
        0_u8..3,
    );
    prop::collection::vec(one, 1..6).prop_map(|told| {
        let tell = |(second, metadata, vat, address): (u8, Option<Noted>, u8, u8)| {
            let mut profile = Profile {
                email: (address > 0).then(|| email(&format!("a{address}@example.com"))),
                vat_number: (vat > 0).then(|| format!("FR{vat}")),
                ..debtor()
            };
            if let Some((left_alone, day, to, plan)) = metadata {
                let steering = Steering {
                    left_alone,
                    not_before: (day > 0)
                        .then(|| jiff::civil::date(2027, 3, 1 + i8::try_from(day).unwrap())),
                    emails: (1..=to)
                        .map(|n| email(&format!("b{n}@example.com")))
                        .collect(),
                    plan: (plan > 0).then(|| format!("plan {plan}")),
                    tags: tags(&[("tier", &plan.to_string())]),
                    ..Steering::default()
                };
                profile.steer(&steering);
                profile.steering = Some(steering);
            }
            dated(&format!("2027-02-02T10:00:0{second}Z"), profile)
        };
        told.into_iter().map(tell).collect()
    })
}

fn heard(told: &[Dated<Profile>]) -> Debtor {
    let key = Kept::new().file.debtor.key;
    assert_eq!(key.realm, realm());
    let mut debtor = Debtor::new(key, Dated::nothing());
    for profile in told {
        debtor.hear(profile);
    }
    debtor
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_debtor_is_the_same_whatever_the_order_in_which_it_was_told_and_how_often(
        told in tellings(),
        turn in 0_usize..6,
        back in any::<bool>(),
    ) {
        let known = heard(&told);
        let mut other = told.clone();
        other.rotate_left(turn % told.len());
        if back {
            other.reverse();
        }
        other.extend(told.iter().take(turn).cloned());
        prop_assert_eq!(&heard(&other), &known);
        // The first of all makes the file.
        let mut begun = Debtor::new(known.key.clone(), told[0].clone());
        told[1..].iter().for_each(|profile| begun.hear(profile));
        prop_assert_eq!(&begun, &known);
        // What is stored says it all.
        let stored = serde_json::to_value(&known).unwrap();
        prop_assert_eq!(serde_json::from_value::<Debtor>(stored).unwrap(), known);
    }

    #[test]
    fn what_the_last_metadata_said_is_what_counts(told in tellings()) {
        // Of one second, one.
        let told: BTreeMap<_, _> = told.into_iter().map(|told| (told.order, told)).collect();
        let told: Vec<_> = told.into_values().collect();
        let known = heard(&told).profile.value;
        let shown = told.iter().filter(|told| told.value.steering.is_some());
        let last = shown.max_by_key(|told| told.order);
        let last = last.map_or_else(Steering::default, |told| told.value.steering.clone().unwrap());
        prop_assert_eq!(known.left_alone, last.left_alone);
        prop_assert_eq!(known.not_before, last.not_before);
        prop_assert_eq!(known.plan, last.plan);
        if let Some(chosen) = last.emails.first() {
            prop_assert_eq!(known.email.as_ref(), Some(chosen));
        }
    }
}
