//! The words in which a person reads what happened: each line of the journal, each hold, each reason.

use std::fmt::Display;

use dunning::file::{Hold, NotChased, Outlook, Skip, StepOf};
use dunning::journal::{CancelReason, Line, MoveReason, NoticeKind, What};
use dunning::value::{AddressFault, Addresses, ClaimId, EventId, InvoiceId, Newer, StepId};
use jiff::civil::Date;

use crate::common::at;

/// Each reads as it stands beside it.
fn read<T: Display>(words: &[(T, &str)]) {
    for (said, expected) in words {
        assert_eq!(said.to_string(), *expected);
    }
}

fn step(id: &str) -> StepId {
    StepId::parse(id).unwrap()
}

fn claim() -> ClaimId {
    ClaimId::parse("c").unwrap()
}

fn step_of(invoice: &str, id: &str) -> StepOf {
    StepOf {
        invoice: InvoiceId::parse(invoice).unwrap(),
        step: step(id),
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn newer() -> Newer {
    serde_json::from_str(r#"{"disputed":{"by":"x"}}"#).unwrap()
}

#[test]
fn the_journal_says_what_was_told_and_what_was_planned() {
    let (late, later) = (step("late-3"), step("late-10"));
    read(&[
        (
            What::Told {
                event: EventId::parse("evt_1").unwrap(),
                kind: "invoice.paid".to_owned(),
            },
            "invoice.paid",
        ),
        (
            What::ToldBefore,
            "some of what happened to it was told before the invoice itself",
        ),
        (What::CustomerChanged, "the invoice changed its customer"),
        (
            What::Planned {
                step: late.clone(),
                at: at("2027-02-18T08:00:59Z"),
            },
            "late-3 planned for 2027-02-18 08:00 UTC",
        ),
        (
            What::Merged {
                step: late.clone(),
                into: later,
            },
            "late-3 not sent: late-10 speaks for it",
        ),
        (
            What::Skipped {
                step: late.clone(),
                why: Skip::DueDateCame,
            },
            "late-3 skipped: it asks before the due date, and that comes first",
        ),
        (
            What::Cancelled {
                step: late,
                why: CancelReason::NotInPolicy,
            },
            "late-3 cancelled: the policy no longer has it",
        ),
        (
            What::Outlook(Outlook::Finished),
            "no step is left: a person takes over",
        ),
        (
            What::Newer(newer()),
            "disputed, as a newer version calls it",
        ),
    ]);
}

#[test]
fn a_step_moves_from_day_to_day_and_within_a_day_to_a_time() {
    let moved = |from: &str, to: &str, why| What::Moved {
        step: step("late-3"),
        from: at(from),
        to: at(to),
        why,
    };
    read(&[
        (
            moved(
                "2027-02-18T08:00:00Z",
                "2027-02-19T08:00:00Z",
                MoveReason::OneMailADay,
            ),
            "late-3 moved from 2027-02-18 to 2027-02-19: the debtor has had a mail that day",
        ),
        (
            moved(
                "2027-02-18T08:00:00Z",
                "2027-02-18T09:30:00Z",
                MoveReason::Refused,
            ),
            "late-3 moved to 2027-02-18 09:30 UTC: SES refused the mail",
        ),
    ]);
}

#[test]
fn the_journal_says_what_a_person_did() {
    read(&[
        (What::Paused { until: None }, "paused by a person"),
        (
            What::Paused {
                until: Some(day("2027-03-01")),
            },
            "paused by a person until 2027-03-01",
        ),
        (What::Resumed, "resumed by a person"),
        (What::Released, "released by a person"),
        (
            What::Restored {
                from: at("2027-02-18T08:00:00Z"),
            },
            "restored from a backup of 2027-02-18 08:00 UTC",
        ),
    ]);
}

#[test]
fn the_journal_says_what_became_of_a_mail() {
    let claim = claim();
    read(&[
        (
            What::Claimed {
                claim: claim.clone(),
                steps: vec![step_of("in_1", "late-10"), step_of("in_2", "late-3")],
            },
            "mail claimed: late-10 of in_1 late-3 of in_2",
        ),
        (
            What::Sent {
                claim: claim.clone(),
                message_id: "m".to_owned(),
            },
            "mail taken by SES",
        ),
        (
            What::Refused {
                claim: claim.clone(),
                code: "MessageRejected".to_owned(),
            },
            "mail refused by SES (MessageRejected), nothing was sent",
        ),
        (
            What::Unheard {
                claim: claim.clone(),
            },
            "nothing was heard of the mail: decided anew, and sent a second and last time if still due",
        ),
        (
            What::GivenUp {
                claim: claim.clone(),
            },
            "nothing was heard of the second attempt: it may have been sent, and is not tried again",
        ),
        (
            What::Delivered {
                claim: claim.clone(),
            },
            "mail delivered",
        ),
        (
            What::Bounced {
                claim: claim.clone(),
                permanent: true,
            },
            "mail bounced: the address is on hold",
        ),
        (
            What::Bounced {
                claim: claim.clone(),
                permanent: false,
            },
            "mail bounced for now",
        ),
        (
            What::Complained {
                claim: claim.clone(),
            },
            "the recipient complained: the address is on hold",
        ),
        (
            What::Rejected {
                claim: claim.clone(),
            },
            "SES rejected the mail after taking it",
        ),
        (
            What::Proven {
                step: step("late-3"),
                claim,
            },
            "late-3 counts as sent: an event of SES proves that a mail left that day",
        ),
        (
            What::TooMany { waiting: 110 },
            "110 more invoices were due than one mail can carry; they wait for the next day",
        ),
    ]);
}

#[test]
fn an_invoice_says_what_comes_next() {
    read(&[
        (
            Outlook::Next {
                at: at("2027-02-18T08:00:00Z"),
            },
            "next reminder 2027-02-18 08:00 UTC",
        ),
        (
            Outlook::Held(Hold::NoAddress),
            "on hold: there is no address to write to",
        ),
        (Outlook::Finished, "no step is left: a person takes over"),
        (
            Outlook::NotChased(NotChased::Paid),
            "not chased: it is paid",
        ),
        (
            Outlook::Newer(newer()),
            "disputed, as a newer version calls it",
        ),
    ]);
}

#[test]
fn each_hold_says_what_it_waits_for() {
    read(&[
        (Hold::NoDueDate, "the invoice has no due date"),
        (Hold::NoAddress, "there is no address to write to"),
        (Hold::AddressBounced, "the debtor's address bounced"),
        (
            Hold::AddressComplained,
            "the debtor complained about a mail",
        ),
        (
            Hold::Reopened,
            "it was settled and opened again: a person must look first",
        ),
        (Hold::Paused, "paused, until somebody resumes it"),
        (
            Hold::TooLateAtEntry,
            "it was late for long when it first came in: a person must look first",
        ),
        (
            Hold::Imported,
            "it is from before Relance: a person must let it in first",
        ),
        (Hold::LeftAlone, "the tool wants nothing sent about it"),
        (
            Hold::TooLittle,
            "so little is left that the policy does not chase it",
        ),
        (Hold::CustomerDeleted, "the tool has the customer no more"),
        (
            Hold::Unapplied,
            "money of the customer is on no invoice yet",
        ),
        (
            Hold::SourceGone,
            "the policy has no such source any more, so no payment would be heard of",
        ),
        (Hold::NotBefore, "the tool wants nothing sent yet"),
        (
            Hold::SourceRefused,
            "nothing from the tool has been taken in for longer than usual, and what came was refused",
        ),
        (
            Hold::PaymentOnItsWay,
            "the tool says that a payment is on its way",
        ),
        (
            Hold::Newer(newer()),
            "disputed, as a newer version calls it",
        ),
    ]);
}

#[test]
fn each_reason_says_why_a_step_is_not_sent_or_not_now() {
    read(&[
        (
            Skip::PastAtFirstContact,
            "its date had passed when the invoice first came in",
        ),
        (
            Skip::AddedLate,
            "its date had passed when it was added to the policy",
        ),
        (
            Skip::DueDateCame,
            "it asks before the due date, and that comes first",
        ),
        (
            Skip::Unknown,
            "unknown, not sent: it was dated in the time of which the backup knows nothing",
        ),
    ]);
    read(&[
        (
            MoveReason::Replanned,
            "the due date, the policy or the debtor's country changed",
        ),
        (MoveReason::Missed, "it was not sent on its day"),
        (
            MoveReason::OneMailADay,
            "the debtor has had a mail that day",
        ),
        (MoveReason::WeeklyCap, "the debtor has had the week's mails"),
        (MoveReason::Refused, "SES refused the mail"),
        (
            MoveReason::QuotaSpent,
            "the quota that SES gives for 24 hours was spent",
        ),
        (MoveReason::NoAnswer, "SES does not answer"),
        (
            MoveReason::NoLook,
            "the tool did not say whether it is still owed",
        ),
        (MoveReason::Paused, "paused until then"),
        (
            MoveReason::Patience,
            "the debtor has not had the invoice for long enough",
        ),
        (
            MoveReason::Distance,
            "it keeps its distance from the step before it",
        ),
        (MoveReason::NotBefore, "the tool wants nothing sent before"),
        (
            MoveReason::SourceRefused,
            "nothing from the tool has been taken in for longer than usual, and what came was refused",
        ),
        (
            MoveReason::PaymentOnItsWay,
            "the tool says that a payment is on its way",
        ),
    ]);
    read(&[
        (NotChased::Draft, "it is a draft"),
        (NotChased::Paid, "it is paid"),
        (NotChased::Void, "it is void"),
        (NotChased::Uncollectible, "it is written off"),
        (
            NotChased::ChargedAutomatically,
            "the tool charges it by itself",
        ),
    ]);
    read(&[
        (CancelReason::NotChased(NotChased::Void), "it is void"),
        (
            CancelReason::NoDueDate,
            "the invoice has no due date any more",
        ),
        (CancelReason::NotInPolicy, "the policy no longer has it"),
    ]);
}

#[test]
fn a_line_is_about_an_invoice_or_about_the_debtor() {
    let invoice = InvoiceId::parse("in_1").unwrap();
    let line = Line::of(&invoice, What::Resumed);
    assert_eq!((line.invoice, line.what), (Some(invoice), What::Resumed));
    let on_no_invoice = |minor| What::OnNoInvoice {
        amount: crate::common::euros(minor),
    };
    read(&[
        (
            on_no_invoice(50_000),
            "500.00 EUR of the customer's money is on no invoice",
        ),
        (
            on_no_invoice(0),
            "none of the customer's money in EUR is without an invoice",
        ),
    ]);
    let line = Line::of_debtor(What::Released);
    assert_eq!((line.invoice, line.what), (None, What::Released));
}

#[test]
fn a_notice_is_stored_by_the_name_that_the_templates_use() {
    let names = NoticeKind::ALL.map(NoticeKind::as_str);
    assert_eq!(
        names,
        [
            "ses_silent",
            "template_fails",
            "webhooks_refused",
            "source_fails",
            "key_refused",
            "tool_silent",
            "source_held",
            "source_gone",
            "mail_refused",
            "quota_spent",
            "address_complained",
            "reopened",
            "not_shown",
            "undecided",
            "approval_overdue",
            "approval_wanted",
            "announced",
            "call_due",
            "invoice_incomplete",
            "unapplied",
            "nonsense",
            "webhooks_unreadable",
            "source_silent",
            "not_told",
            "not_imported",
            "imported",
            "last_step_sent",
            "address_bounced",
            "mail_unknown",
            "customer_deleted",
            "too_late_at_entry",
            "not_before_for_long",
            "payment_for_long",
            "no_step_left",
            "copy_failed",
            "no_address",
            "address_incomplete",
            "address_not_ascii",
            "address_malformed",
            "no_due_date",
            "place_unsteady",
            "other_mode",
            "unknown_source",
            "rehearsed",
            "newer",
        ]
    );
    for (kind, name) in NoticeKind::ALL.into_iter().zip(names) {
        let stored = format!("\"{name}\"");
        assert_eq!(serde_json::to_string(&kind).unwrap(), stored);
        assert_eq!(serde_json::from_str::<NoticeKind>(&stored).unwrap(), kind);
    }
    let unknown: NoticeKind = serde_json::from_str("\"disputed\"").unwrap();
    assert_eq!(unknown, NoticeKind::Newer);
}

#[test]
fn the_team_hears_of_each_hold_that_it_did_not_ask_for() {
    for (hold, told) in [
        (Hold::SourceGone, Some("source_gone")),
        (Hold::NoDueDate, Some("no_due_date")),
        (Hold::NoAddress, Some("no_address")),
        (Hold::AddressBounced, Some("address_bounced")),
        (Hold::AddressComplained, Some("address_complained")),
        (Hold::Reopened, Some("reopened")),
        (Hold::Paused, None),
        // `sweep` tells of a source itself, for all its debtors at once.
        (Hold::SourceRefused, None),
        (Hold::Newer(newer()), None),
    ] {
        assert_eq!(
            NoticeKind::of(&hold).map(NoticeKind::as_str),
            told,
            "{hold}"
        );
    }
}

#[test]
fn fault_23_the_journal_names_what_is_no_address_with_the_rule_that_it_breaks() {
    for (given, why) in [
        ("compta.exemple.fr", "it has no @"),
        ("@exemple.fr", "nothing stands before its @"),
        ("compta@", "nothing stands after its @"),
        ("compta@exemple", "its domain has no dot"),
        (
            "héloïse@exemple.fr",
            "it has letters before its @ that SES does not take: only a to z without accents",
        ),
        (
            "jean dupont@exemple.fr",
            "it has a blank or a sign before its @ that does not belong there",
        ),
        (
            "a..b@exemple.fr",
            "it begins or ends with a dot before its @, or has two in a row there",
        ),
        (
            "a@exemple_sarl.fr",
            "its domain has a blank or a sign that does not belong there",
        ),
    ] {
        let unusable = Addresses::read(given).unusable.remove(0);
        let what = What::UnusableAddress(unusable);
        let words = format!("the address \"{given}\" cannot be written to: {why}");
        assert_eq!(what.to_string(), words);
        // A log has no name in it.
        let logged = format!("an address cannot be written to: {why}");
        assert_eq!(what.in_log(), logged);
    }
    let newer: AddressFault = serde_json::from_str("\"of_tomorrow\"").unwrap();
    assert_eq!(
        newer.to_string(),
        "a newer version knows what is wrong with it"
    );
    assert_eq!(What::Resumed.in_log(), "resumed by a person");
}
