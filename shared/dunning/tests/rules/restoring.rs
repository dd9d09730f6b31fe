//! What a backup makes of a file.

use dunning::file::{Hold, Invoice, Outlook};
use dunning::rules::{Found, Gap, restore};

use crate::common::{Kept, at, one_invoice};

fn found(kept: &Kept, invoice: Invoice) -> Found {
    Found {
        debtor: Some(kept.file.debtor.clone()),
        invoices: vec![invoice],
    }
}

#[test]
fn a_backup_does_not_let_go_what_a_newer_version_holds_by_now() {
    let kept = one_invoice();
    let old = kept.file.open.values().next().unwrap();
    let held: Outlook = serde_json::from_str(r#"{"held":{"disputed":{"part":5}}}"#).unwrap();
    assert!(matches!(held, Outlook::Held(Hold::Newer(_))));
    let live = Invoice {
        outlook: held.clone(),
        ..old.clone()
    };
    let gap = Gap {
        from: at("2027-01-12T10:00:00Z"),
        until: at("2027-01-14T10:00:00Z"),
    };
    let key = &kept.file.debtor.key;
    let (backup, known) = (found(&kept, old.clone()), found(&kept, live));
    let change = restore(key, backup, &known, gap, &kept.policy);
    assert_eq!(change.invoices[0].outlook, held);
}

#[test]
fn a_known_state_that_is_broken_is_no_newer_one() {
    for broken in [
        r#"{"next":{"at":"garbage"}}"#,
        r#"{"next":{}}"#,
        "null",
        "7",
    ] {
        assert!(serde_json::from_str::<Outlook>(broken).is_err(), "{broken}");
    }
    for broken in [r#"{"mailed":{"claim":"x"}}"#, r#"{"planned":{}}"#, "null"] {
        let state = serde_json::from_str::<dunning::file::StepState>(broken);
        assert!(state.is_err(), "{broken}");
    }
}
