//! What is said of sequences and of their steps.

use super::{DEPLOYED, END, of, says};

#[test]
fn a_step_says_each_key_that_changed_and_none_that_follows_its_day() {
    says(
        &[
            ("\"due + 3 days\"", "\"due + 4 business days\""),
            (
                "\"due - 7 days\"",
                "\"due - 7 days\"\nto = [\"payer\"]\ncc = [\"invoice\"]\nbcc = [\"a@example.com\"]\nattach = \"invoice\"\nlast_look = \"off\"\nwhen = '''\nhistory.paid == 0\n  or not invoice.po_number'''",
            ),
            (
                "\"due + 10 days\"",
                "\"due + 10 days\"\napproval = \"required\"\nchase_from = \"30.00\"\nroll = \"drop\"\nseverity = 50",
            ),
        ],
        "
The usual sequence
  ask-7 changes
    to: where invoices go -> payer
    cc: none -> invoice
    bcc: none -> a@example.com
    last_look: when it answers -> off
    attach: none -> invoice
    when: all debts -> history.paid == 0 or not invoice.po_number
  late-3 changes
    on: due + 3 days -> due + 4 business days
  call-5 changes
    on: previous + 2 business days, and the day of `late-3` changed
  late-10 changes
    approval: none -> required
    roll: later -> drop
    chase_from: as the sequence says -> 30.00
    severity: 10 -> 50
",
    );
}

#[test]
fn a_mail_that_becomes_a_task_says_that_alone() {
    says(
        &[(
            "on = \"due + 10 days\"\ntemplate = \"firm\"\nsender = \"friendly\"",
            "on = \"due + 10 days\"\ntask = \"complete\"\nrequires = [\"address\"]",
        )],
        "
The usual sequence
  late-10 changes
    template: firm -> none
    task: none -> complete
",
    );
}

#[test]
fn steps_that_are_new_or_gone_say_what_becomes_of_what_was_sent() {
    says(
        &[(
            "id = \"late-10\"\non = \"due + 10 days\"\ntemplate = \"firm\"",
            "id = \"last\"\non = \"due + 20 days\"\napproval = \"announced\"\ntemplate = \"last\"",
        )],
        "
The usual sequence
  last is new: on due + 20 days; template last; sender friendly; approval announced
  an invoice that stands above a new step does not go down to it
  late-10 is gone: what was sent of it stays sent; what is planned is cancelled
",
    );
}

#[test]
fn a_step_that_looks_renamed_is_warned_of() {
    says(
        &[("id = \"late-10\"", "id = \"firm-10\"")],
        "
The usual sequence
  firm-10 is new: on due + 10 days; template firm; sender friendly
    WARNING: it looks like late-10 under another name, and an id is how Relance knows what was sent: let it keep its id
    what was sent as that counts by its day alone: where the due date moves, debtors get it again as firm-10
  an invoice that stands above a new step does not go down to it
  late-10 is gone: what was sent of it stays sent; what is planned is cancelled
",
    );
    // With another day the same mail of the same ladder is the same reminder, too.
    says(
        &[("id = \"late-10\"\non = \"due + 10 days\"", "id = \"late-12\"\non = \"due + 12 days\"")],
        "
The usual sequence
  late-12 is new: on due + 12 days; template firm; sender friendly
    WARNING: it looks like late-10 under another name, and an id is how Relance knows what was sent: let it keep its id
    its day is later, too: where nothing harsher was sent since, debtors get it again as late-12
  an invoice that stands above a new step does not go down to it
  late-10 is gone: what was sent of it stays sent; what is planned is cancelled
",
    );
}

#[test]
fn what_follows_a_step_that_got_another_name_counts_from_that() {
    says(
        &[("id = \"call-5\"", "id = \"call\""), ("id = \"late-3\"", "id = \"late\"")],
        "
The usual sequence
  late is new: on due + 3 days; template reminder; sender friendly
    WARNING: it looks like late-3 under another name, and an id is how Relance knows what was sent: let it keep its id
    what was sent as that counts by its day alone: where the due date moves, debtors get it again as late
  call is new: on previous + 2 business days; task call
    WARNING: it looks like call-5 under another name, and an id is how Relance knows what was sent: let it keep its id
    what was sent as that counts by its day alone: where the due date moves, the team is asked again as call
  an invoice that stands above a new step does not go down to it
  late-3, call-5 are gone: what was sent of them stays sent; what is planned is cancelled
",
    );
    says(
        &[("id = \"late-3\"", "id = \"late\"")],
        "
The usual sequence
  late is new: on due + 3 days; template reminder; sender friendly
    WARNING: it looks like late-3 under another name, and an id is how Relance knows what was sent: let it keep its id
    what was sent as that counts by its day alone: where the due date moves, debtors get it again as late
  call-5 changes
    on: previous + 2 business days, counted from `late-3` -> `late`
  an invoice that stands above a new step does not go down to it
  late-3 is gone: what was sent of it stays sent; what is planned is cancelled
",
    );
}

#[test]
fn a_sequence_says_for_whom_it_is_and_what_is_its_own() {
    says(
        &[("'debtor.tags.tier == \"key\"'", "'debtor.tags.tier in [\"key\", \"gold\"]'\npatience = \"5 days\"\nlimit = \"60 days\"\nmails_per_week = 1")],
        "
The sequence `key`
  when: debtor.tags.tier == \"key\" -> debtor.tags.tier in [\"key\", \"gold\"]
    who comes in or goes out by that climbs another ladder, from where the invoice stands: nothing as harsh as what was said, or milder, is said again
  mails_per_week: 3 -> 1
  patience: 3 days -> 5 days
  limit: 30 days -> 60 days
    it judges only what comes in from then on
",
    );
}

#[test]
fn a_sequence_that_is_new_or_gone_says_who_climbs_another_ladder() {
    says(
        &[("name = \"small\"\nwhen = \"invoice.remaining < 100\"", "name = \"in trouble\"\nwhen = \"debtor.tags.care\"")],
        "
The sequence `in trouble` is new, looked at before `usual`
  when: debtor.tags.care
  it has no steps: nothing is sent to these

The sequence `small` is gone
  when: invoice.remaining < 100
  these climb the first one that is for them, from where the invoice stands: nothing as harsh as what was said, or milder, is said again
  where the billing tool chose it by `relance_plan`, the invoice is held until it chooses another
",
    );
}

#[test]
fn the_steps_of_a_sequence_that_got_another_name_are_known_and_so_is_one_of_them_that_is_renamed() {
    says(
        &[("name = \"key\"", "name = \"gold\"")],
        "
The sequence `gold` is new, looked at before `small`
  when: debtor.tags.tier == \"key\"
  these climb it from where the invoice stands: nothing as harsh as what was said, or milder, is said again
  key-5 comes from `key`: what was sent of it stays sent

The sequence `key` is gone
  when: debtor.tags.tier == \"key\"
  these climb the first one that is for them, from where the invoice stands: nothing as harsh as what was said, or milder, is said again
  where the billing tool chose it by `relance_plan`, the invoice is held until it chooses another
  key-5 goes to `gold`
",
    );
    let both = DEPLOYED.replace("name = \"key\"", "name = \"gold\"");
    let both = both.replace("id = \"key-5\"", "id = \"gold-5\"");
    let said = of(DEPLOYED, &both);
    assert!(
        said.contains("WARNING: it looks like key-5 under another name"),
        "{said}"
    );
}

#[test]
fn of_sequences_that_changed_places_the_order_is_said() {
    let (head, rest) = DEPLOYED
        .split_once("[[sequences]]\nname = \"key\"")
        .unwrap();
    let (key, rest) = rest.split_once("[[sequences]]\nname = \"small\"").unwrap();
    let (small, usual) = rest.split_once("[[steps]]").unwrap();
    let turned = format!(
        "{head}[[sequences]]\nname = \"small\"{small}[[sequences]]\nname = \"key\"{key}[[steps]]{usual}"
    );
    let said = of(DEPLOYED, &turned);
    let expected = "
Against old, relance.toml changes this:

The order of the sequences: `key`, `small`, `usual` -> `small`, `key`, `usual`
  where the conditions of two hold, the first counts: these climb another ladder, from where they stand
";
    assert_eq!(said, format!("{expected}{END}"));
}
