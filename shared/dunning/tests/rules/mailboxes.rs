//! A mailbox is one reader: customers who share one, by the rules alone. Here, too, each knock is answered as
//! `remind` does it: decided, asked of the mailbox, written; and the mailbox is kept beside the files.

use std::collections::{BTreeMap, BTreeSet};

use dunning::billing::Status;
use dunning::file::{AddressTrouble, Hold, Mailbox, Outlook};
use dunning::limits::{MOST_INVOICES, MOST_WAITING};
use dunning::rules::{
    Admission, Change, Decision, Delivery, Instruction, Letter, Retry, ask_mailbox, decide,
    instruct, let_go, note_trouble, record_delivery, refused,
};
use dunning::value::{CustomerId, EmailAddress};
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::common::{Kept, at, event, invoice, with_address};

const WINDOW: SignedDuration = SignedDuration::from_mins(30);
const HEARD_OF: &str = "2027-01-11T10:00:00Z";

/// The customers of one accountant, with its mailbox.
struct Accountant {
    customers: Vec<Kept>,
    mailbox: Option<Mailbox>,
}

impl Accountant {
    /// A customer for each due date, with one invoice.
    fn of(due: &[&str]) -> Self {
        let mut accountant = Self {
            customers: Vec::new(),
            mailbox: None,
        };
        for due in due {
            accountant.comes(HEARD_OF, due);
        }
        accountant
    }

    /// Another customer comes in, with its invoice.
    fn comes(&mut self, when: &str, due: &str) {
        let n = self.customers.len();
        let mut kept = Kept::new();
        kept.file.debtor.key.customer = CustomerId::parse(format!("cus_{n}")).unwrap();
        kept.hear(when, &event(when, invoice("in_1", due)));
        self.customers.push(kept);
    }

    fn write(&mut self, n: usize, now: &str, change: &Change) {
        self.customers[n].write(now, change);
        for (_, change) in &change.mailboxes {
            self.mailbox.get_or_insert_default().change(change.clone());
        }
    }

    /// Somebody knocks for a customer: gives the mail that was claimed.
    fn knock(&mut self, n: usize, now: &str) -> Option<Letter> {
        loop {
            let kept = &self.customers[n];
            let ctx = kept.context(now);
            match decide(ctx, &kept.file, kept.version, WINDOW) {
                Decision::Write(change) | Decision::Signal { change, .. } => {
                    self.write(n, now, &change);
                }
                Decision::Send { claim, letter } => {
                    match ask_mailbox(ctx, &kept.file, claim, &letter, self.mailbox.as_ref()) {
                        Admission::Granted(claim) => {
                            self.write(n, now, &claim);
                            return Some(*letter);
                        }
                        Admission::Waits(change) => self.write(n, now, &change),
                    }
                }
                Decision::Nothing | Decision::KnockAgain(_) => return None,
            }
        }
    }

    /// The same, and SES takes the mail.
    fn mail(&mut self, n: usize, now: &str) -> Option<Letter> {
        let letter = self.knock(n, now)?;
        let message_id = "m".to_owned();
        self.heard(n, now, &letter, &Delivery::Sent { message_id });
        Some(letter)
    }

    fn heard(&mut self, n: usize, now: &str, letter: &Letter, delivery: &Delivery) {
        let file = &self.customers[n].file;
        let change = record_delivery(file, &letter.claim, delivery, at(now));
        self.write(n, now, &change);
    }

    /// From one day to another, each morning, somebody knocks for all that is due: whose mails left, and when.
    fn mornings(&mut self, from: Date, to: Date) -> Vec<(Date, usize, String)> {
        let mut left = Vec::new();
        let mut day = from;
        while day <= to {
            let now = format!("{day}T08:05:00Z");
            for n in 0..self.customers.len() {
                if self.is_due(n, at(&now))
                    && let Some(letter) = self.mail(n, &now)
                {
                    left.push((day, n, letter.lead.as_str().to_owned()));
                }
            }
            day = day.saturating_add(1.day());
        }
        left
    }

    fn is_due(&self, n: usize, now: Timestamp) -> bool {
        let mut open = self.customers[n].file.open.values();
        open.any(|invoice| invoice.next_step_at().is_some_and(|at| at <= now))
    }

    fn outlook(&self, n: usize) -> &Outlook {
        &self.customers[n].file.open.values().next().unwrap().outlook
    }

    /// The day of the customer's next mail.
    fn next(&self, n: usize) -> String {
        match self.outlook(n) {
            Outlook::Next { at } => at.strftime("%Y-%m-%d").to_string(),
            other => other.to_string(),
        }
    }
}

/// No day has two of them, and no seven days more than three.
fn assert_no_flood(left: &[(Date, usize, String)]) {
    for (n, (day, _, _)) in left.iter().enumerate() {
        let since = day.saturating_sub(6.days());
        let week = left[..=n].iter().filter(|(other, _, _)| *other >= since);
        assert!(week.count() <= 3, "{left:?}");
        assert!(n == 0 || left[n - 1].0 < *day, "{left:?}");
    }
}

#[test]
fn fault_24_six_customers_with_one_mailbox_get_one_mail_a_day_and_three_a_week() {
    let mut accountant = Accountant::of(&["2027-01-29"; 6]);
    let left = accountant.mornings(date(2027, 2, 1), date(2027, 2, 26));
    assert_no_flood(&left);
    let whose: BTreeSet<usize> = left.iter().map(|(_, n, _)| *n).collect();
    assert_eq!(whose.len(), 6, "{left:?}");
    // The second one waited for a day, and its journal says why.
    let journal = &accountant.customers[1].log;
    let moved = "late-3 moved from 2027-02-01 to 2027-02-02: other customers at the same address are written to first";
    assert!(journal.contains(moved), "{journal}");
}

#[test]
fn whoever_finds_the_day_taken_gets_a_day_of_its_own_and_is_not_knocked_for_before() {
    let mut accountant = Accountant::of(&["2027-01-29"; 6]);
    for n in 0..6 {
        accountant.mail(n, "2027-02-01T08:05:00Z");
    }
    let turns: Vec<_> = (1..6).map(|n| accountant.next(n)).collect();
    // Three a week; the fourth on the Monday after. So do those behind it, who ask again then.
    let days = ["02-02", "02-03", "02-08", "02-08", "02-08"];
    assert_eq!(turns, days.map(|day| format!("2027-{day}")));
}

#[test]
fn the_more_severe_step_goes_first_among_those_who_wait() {
    // Two questions and one that is three days late, all on 1 February; the third customer is knocked for last.
    let mut accountant = Accountant::of(&["2027-02-16", "2027-02-16", "2027-01-29"]);
    let left = accountant.mornings(date(2027, 2, 1), date(2027, 2, 3));
    let order: Vec<_> = left
        .iter()
        .map(|(_, n, step)| (*n, step.as_str()))
        .collect();
    assert_eq!(order, [(0, "ask-15"), (2, "late-3"), (1, "ask-15")]);
}

#[test]
fn a_more_severe_step_does_not_wait_with_a_milder_one_of_the_same_customer() {
    let mut accountant = Accountant::of(&["2027-01-29"; 6]);
    // The last of them had a reminder for another invoice in January; its next one comes on the eighth.
    let late = event("2027-01-12T10:00:00Z", invoice("in_2", "2027-01-19"));
    accountant.customers[5].hear("2027-01-12T10:00:00Z", &late);
    let first = accountant.mail(5, "2027-01-22T08:05:00Z").unwrap();
    assert_eq!(first.lead.as_str(), "late-3");
    for n in 0..6 {
        accountant.mail(n, "2027-02-01T08:05:00Z");
    }
    let left = accountant.mornings(date(2027, 2, 2), date(2027, 2, 4));
    let whose = left
        .iter()
        .map(|(day, n, step)| (day.day(), *n, step.as_str()));
    let whose: Vec<_> = whose.collect();
    assert_eq!(whose, [(2, 5, "late-10"), (3, 1, "late-3")]);
}

#[test]
fn nobody_waits_for_ever_however_many_come_with_a_more_severe_step() {
    let mut accountant = Accountant::of(&["2027-02-15", "2027-03-31"]);
    // Twice a week, somebody comes whose invoice is late; the second customer's question waits.
    let mut left = Vec::new();
    let mut day = date(2027, 2, 1);
    while day < date(2027, 6, 1) {
        if day.day() % 3 == 0 {
            let late = day.saturating_sub(4.days()).to_string();
            accountant.comes(&format!("{day}T06:00:00Z"), &late);
        }
        left.extend(accountant.mornings(day, day));
        day = day.saturating_add(1.day());
    }
    assert_no_flood(&left);
    let first = left.iter().find(|(_, n, _)| *n == 1).expect("it was heard");
    // Its question was due on 16 March.
    assert!(first.0 <= date(2027, 5, 1), "{first:?}");
}

#[test]
fn a_turn_that_nobody_uses_costs_its_day_and_no_more() {
    let mut accountant = Accountant::of(&["2027-02-15"; 3]);
    for n in 0..3 {
        accountant.mail(n, "2027-02-01T08:05:00Z");
    }
    // The second pays, and does not say so to the mailbox.
    let mut paid = event("2027-02-01T12:00:00Z", invoice("in_1", "2027-02-15"));
    (paid.invoice.status, paid.invoice.remaining.minor) = (Status::Paid, 0);
    accountant.customers[1].hear("2027-02-01T12:00:00Z", &paid);
    let left = accountant.mornings(date(2027, 2, 2), date(2027, 2, 5));
    assert_eq!(left, [(date(2027, 2, 3), 2, "ask-15".to_owned())]);
    let waiting = &accountant.mailbox.unwrap().waiting;
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[test]
fn a_day_is_given_back_when_ses_refuses_the_mail() {
    let mut accountant = Accountant::of(&["2027-02-15"; 2]);
    let now = "2027-02-01T08:05:00Z";
    let letter = accountant.knock(0, now).unwrap();
    let kept = &accountant.customers[0];
    let (ctx, file) = (kept.context(now), &kept.file);
    let change = refused(
        ctx,
        file,
        &letter.claim,
        "MessageRejected",
        Retry::NextWorkingDay,
    );
    accountant.write(0, now, &change);
    assert!(accountant.mailbox.as_ref().unwrap().taken.is_empty());
    assert!(accountant.mail(1, "2027-02-01T08:10:00Z").is_some());
}

#[test]
fn a_day_is_given_back_when_nothing_is_heard_and_taken_again_when_it_is_late() {
    let mut accountant = Accountant::of(&["2027-02-15"; 2]);
    let letter = accountant.knock(0, "2027-02-01T08:05:00Z").unwrap();
    // Half an hour later it is sent again, the same day.
    let again = accountant.knock(0, "2027-02-01T08:36:00Z").unwrap();
    assert_ne!(letter.claim, again.claim);
    let days = |accountant: &Accountant| accountant.mailbox.as_ref().unwrap().taken.len();
    assert_eq!(days(&accountant), 1);
    accountant.heard(0, "2027-02-01T09:00:00Z", &letter, &Delivery::Delivered);
    assert_eq!(days(&accountant), 2);
    assert!(accountant.knock(1, "2027-02-01T09:10:00Z").is_none());
}

#[test]
fn fault_25_an_address_that_bounced_for_one_customer_is_held_for_the_next() {
    for (delivery, hold, said) in [
        (
            Delivery::Bounced {
                permanent: vec![EmailAddress::parse("compta@client.example.com").unwrap()],
            },
            Hold::AddressBounced,
            "a mail to another customer at the same address bounced: the address is on hold",
        ),
        (
            Delivery::Complained {
                by: vec![EmailAddress::parse("Compta@CLIENT.example.com").unwrap()],
            },
            Hold::AddressComplained,
            "a mail to another customer at the same address was called spam: the address is on hold",
        ),
    ] {
        let mut accountant = Accountant::of(&["2027-02-15"; 3]);
        let letter = accountant.mail(0, "2027-02-01T08:05:00Z").unwrap();
        accountant.heard(0, "2027-02-01T08:06:00Z", &letter, &delivery);
        for n in 1..3 {
            assert!(accountant.knock(n, "2027-02-02T08:05:00Z").is_none());
            assert_eq!(*accountant.outlook(n), Outlook::Held(hold.clone()));
            let kept = &accountant.customers[n];
            assert!(kept.log.contains(said), "{}", kept.log);
            assert!(kept.log.contains("team: address_"), "{}", kept.log);
        }
        // A person lets it go, for a customer that only shares it.
        let now = "2027-02-03T10:00:00Z";
        let mailbox = accountant.mailbox.clone().unwrap();
        assert_eq!(mailbox.held.len(), 3);
        let mut file = accountant.customers[2].file.clone();
        note_trouble(&mut file, &mailbox);
        let change = instruct(&file, None, Instruction::Release(None));
        accountant.write(2, now, &change);
        for n in 0..2 {
            let change = let_go(&accountant.customers[n].file, &letter.to.mailbox());
            accountant.write(n, now, &change);
        }
        // `schedule` plans them anew.
        for n in 0..3 {
            assert!(accountant.mail(n, "2027-02-03T20:00:00Z").is_none());
        }
        let left = accountant.mornings(date(2027, 2, 4), date(2027, 3, 5));
        let whose: BTreeSet<usize> = left.iter().map(|(_, n, _)| *n).collect();
        assert_eq!(whose.len(), 3, "{left:?}");
    }
}

#[test]
fn what_is_not_known_of_an_address_is_asked_for_when_a_person_lets_it_go() {
    let mut accountant = Accountant::of(&["2027-02-15"; 1]);
    let mut mailbox = Mailbox::default();
    let mut file = accountant.customers[0].file.clone();
    note_trouble(&mut file, &mailbox);
    assert_eq!(file, accountant.customers[0].file);
    assert!(instruct(&file, None, Instruction::Release(None)).is_empty());
    mailbox.trouble = Some(AddressTrouble::Bounced);
    note_trouble(&mut file, &mailbox);
    let change = instruct(&file, None, Instruction::Release(None));
    assert_eq!(change.mailboxes.len(), 1);
    accountant.write(0, "2027-01-12T10:00:00Z", &change);
    assert!(matches!(accountant.outlook(0), Outlook::Next { .. }));
}

#[test]
fn a_mailbox_that_was_lost_counts_as_written_to_that_day() {
    let mut accountant = Accountant::of(&["2027-02-15"; 3]);
    for n in 0..3 {
        accountant.mail(n, "2027-02-01T08:05:00Z");
    }
    accountant.mailbox = None;
    // Both know that there was one: the day goes by, and from the next on all is as before.
    let left = accountant.mornings(date(2027, 2, 2), date(2027, 2, 5));
    let days: Vec<_> = left.iter().map(|(day, n, _)| (day.day(), *n)).collect();
    assert_eq!(days, [(3, 1), (4, 2)]);
}

#[test]
fn another_address_is_another_mailbox() {
    let mut accountant = Accountant::of(&["2027-02-15"; 2]);
    for n in 0..2 {
        accountant.mail(n, "2027-02-01T08:05:00Z");
    }
    assert_eq!(accountant.next(1), "2027-02-02");
    let mut moved = event("2027-02-01T09:00:00Z", invoice("in_1", "2027-02-15"));
    moved.debtor = Some(with_address(
        EmailAddress::parse("new@client.example.com").ok(),
    ));
    accountant.customers[1].hear("2027-02-01T09:00:00Z", &moved);
    assert_eq!(accountant.next(1), "2027-02-01");
    accountant.mailbox = None; // that of the new address
    assert!(accountant.mail(1, "2027-02-01T09:05:00Z").is_some());
}

#[test]
fn a_customer_of_its_own_mailbox_is_written_to_as_ever() {
    let mut accountant = Accountant::of(&["2027-02-15"]);
    let left = accountant.mornings(date(2027, 2, 1), date(2027, 3, 31));
    let steps: Vec<_> = left.iter().map(|(_, _, step)| step.as_str()).collect();
    assert_eq!(steps, ["ask-15", "ask-7", "late-3", "late-10", "late-21"]);
}

#[test]
fn thirty_customers_of_one_accountant_are_all_heard_with_three_mails_a_week() {
    let mut due = ["2027-02-16"; 30];
    due[15..].fill("2027-01-29");
    let mut accountant = Accountant::of(&due);
    let left = accountant.mornings(date(2027, 2, 1), date(2027, 5, 31));
    assert_no_flood(&left);
    let mut first: BTreeMap<usize, Date> = BTreeMap::new();
    for (day, n, _) in &left {
        first.entry(*n).or_insert(*day);
    }
    assert_eq!(first.len(), 30, "{first:?}");
    assert!(
        first.values().all(|day| *day <= date(2027, 4, 30)),
        "{first:?}"
    );
}

#[test]
fn more_than_a_mailbox_names_wait_all_the_same() {
    let mut accountant = Accountant::of(&["2027-02-15"; MOST_WAITING + 10]);
    accountant.mornings(date(2027, 2, 1), date(2027, 2, 1));
    let waiting = accountant.mailbox.as_ref().unwrap().waiting.len();
    assert_eq!(waiting, MOST_WAITING);
    let left = accountant.mornings(date(2027, 2, 2), date(2027, 12, 31));
    assert_no_flood(&left);
    let whose: BTreeSet<usize> = left.iter().map(|(_, n, _)| *n).collect();
    assert!(whose.len() >= MOST_WAITING + 9, "{whose:?}");
}

#[test]
fn who_let_a_turn_pass_for_more_than_a_week_waits_anew() {
    let since = |asks_again: &str| {
        let mut accountant = Accountant::of(&["2027-02-15"; 2]);
        for n in 0..2 {
            accountant.mail(n, "2027-02-01T08:05:00Z");
        }
        assert_eq!(accountant.next(1), "2027-02-02");
        // Another mail of the first customer's has the day on which the second asks again.
        let mailbox = accountant.mailbox.as_mut().unwrap();
        let mut taken = mailbox.taken[0].clone();
        taken.day = asks_again[..10].parse().unwrap();
        mailbox.taken = vec![taken];
        assert!(accountant.mail(1, asks_again).is_none());
        let waiting = &accountant.mailbox.unwrap().waiting;
        assert_eq!(waiting.len(), 1);
        waiting[0].turn.since.to_string()
    };
    assert_eq!(since("2027-02-09T08:05:00Z"), "2027-02-01");
    assert_eq!(since("2027-02-18T08:05:00Z"), "2027-02-18");
}

#[test]
fn what_waits_for_a_mailbox_is_written_ninety_invoices_at_a_time() {
    let mut accountant = Accountant::of(&["2027-02-15"; 2]);
    for number in 0..MOST_INVOICES + 10 {
        let more = invoice(&format!("more_{number:03}"), "2027-02-15");
        accountant.customers[1].hear(HEARD_OF, &event(HEARD_OF, more));
    }
    let now = "2027-02-01T08:05:00Z";
    accountant.mail(0, now);
    let kept = &accountant.customers[1];
    let ctx = kept.context(now);
    let Decision::Send { claim, letter } = decide(ctx, &kept.file, kept.version, WINDOW) else {
        panic!("no mail")
    };
    let mailbox = accountant.mailbox.as_ref();
    let Admission::Waits(change) = ask_mailbox(ctx, &kept.file, claim, &letter, mailbox) else {
        panic!("its day is taken")
    };
    assert_eq!(change.invoices.len(), MOST_INVOICES);
}

#[test]
fn a_more_severe_step_of_another_invoice_keeps_its_day_while_a_milder_one_waits() {
    let mut accountant = Accountant::of(&["2027-01-29"; 6]);
    let late = event("2027-01-12T10:00:00Z", invoice("in_2", "2027-01-25"));
    accountant.customers[5].hear("2027-01-12T10:00:00Z", &late);
    let first = accountant.mail(5, "2027-01-28T08:05:00Z").unwrap();
    assert_eq!(first.invoices[0].id().as_str(), "in_2");
    for n in 0..6 {
        accountant.mail(n, "2027-02-01T08:05:00Z");
    }
    let kept = &accountant.customers[5];
    let (milder, severe) = (kept.steps("in_1"), kept.steps("in_2"));
    assert!(milder.contains("late-3   Mon 2027-02-08"), "{milder}");
    assert!(severe.contains("late-10  Thu 2027-02-04"), "{severe}");
}
