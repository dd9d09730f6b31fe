//! What is told of an invoice without showing it: payments, credit notes, refunds, reversals, ends.

use dunning::billing::{
    By, Debt, Happened, Left, Movement, MovementEvent, MovementKind, Movements, Order, Silence,
    Status, Subject,
};
use dunning::file::{Hold, Invoice, NotChased, Outlook};
use dunning::rules::{Instruction, instruct, receive_movement, replan};
use dunning::value::{Currency, EventId, InvoiceId, MovementId};
use proptest::prelude::*;

use crate::common::{Kept, at, euros, event, invoice, realm};

/// Something is told of `in_1`.
pub(crate) fn happened(when: &str, what: Happened) -> MovementEvent {
    MovementEvent {
        id: EventId::parse(format!("evt_{when}")).unwrap(),
        kind: "movement".to_owned(),
        realm: realm(),
        order: Order {
            version: None,
            at: at(when),
        },
        subject: Subject::Invoice(InvoiceId::parse("in_1").unwrap()),
        what,
        by: By::default(),
    }
}

pub(crate) fn by(event: &MovementEvent) -> Movements {
    Movements::by(event.order, &event.what)
}

pub(crate) fn moved(when: &str, kind: MovementKind, id: &str, minor: i64) -> MovementEvent {
    let movement = Movement {
        kind,
        amount: euros(minor),
    };
    let id = MovementId::parse(id).unwrap();
    let payment = None;
    happened(
        when,
        Happened::Moved {
            id,
            movement,
            was: None,
            payment,
        },
    )
}

/// An invoice of 100 euros, shown at ten with what remained then, and what is told apart.
fn debt(status: Status, remaining: i64, apart: &[MovementEvent]) -> (Status, i64) {
    let told = told(status, remaining, apart);
    let balance = told.balance();
    (balance.status, balance.remaining.minor)
}

fn told(status: Status, remaining: i64, apart: &[MovementEvent]) -> Debt {
    let mut shown = invoice("in_1", "2027-02-15");
    (shown.status, shown.remaining) = (status, euros(remaining));
    let told = Debt::by(&event("2027-01-11T10:00:00Z", shown));
    apart.iter().map(by).fold(told, Debt::with)
}

const TEN: &str = "2027-01-11T10:00:00Z";
const NINE: &str = "2027-01-11T09:00:00Z";
const ELEVEN: &str = "2027-01-11T11:00:00Z";
const NOON: &str = "2027-01-11T12:00:00Z";

#[test]
fn a_payment_counts_once_whether_the_snapshot_knows_of_it_or_not() {
    use MovementKind::Payment;
    let paid = |when, id, minor| moved(when, Payment, id, minor);
    let (p1, p2) = (paid(TEN, "p1", 3_000), paid(ELEVEN, "p2", 2_000));
    assert_eq!(
        debt(Status::Open, 10_000, std::slice::from_ref(&p1)),
        (Status::Open, 7_000)
    );
    // The snapshot has the first, and not yet the second.
    assert_eq!(
        debt(Status::Open, 7_000, &[p1.clone(), p2.clone()]),
        (Status::Open, 5_000)
    );
    // The snapshot has more than was told apart, and not yet the second.
    assert_eq!(debt(Status::Open, 4_000, &[p1, p2]), (Status::Open, 2_000));
    // Debt again, it is the same payment; the later word counts, and nothing undoes it.
    let told = [paid(TEN, "p1", 3_000), paid(ELEVEN, "p1", 4_000)];
    assert_eq!(debt(Status::Open, 10_000, &told), (Status::Open, 6_000));
    let undone = [paid(TEN, "p1", 3_000), paid(ELEVEN, "p1", 0)];
    assert_eq!(debt(Status::Open, 10_000, &undone), (Status::Open, 10_000));
    // More than all is all.
    assert_eq!(
        debt(Status::Open, 10_000, &[paid(TEN, "p1", 20_000)]),
        (Status::Paid, 0)
    );
}

#[test]
fn a_credit_note_lowers_what_the_snapshot_before_it_shows() {
    let credit = |when| moved(when, MovementKind::Credit, "cn_1", 2_500);
    assert_eq!(
        debt(Status::Open, 10_000, &[credit(ELEVEN)]),
        (Status::Open, 7_500)
    );
    assert_eq!(
        debt(Status::Open, 7_500, &[credit(NINE)]),
        (Status::Open, 7_500)
    );
}

#[test]
fn a_refund_never_reopens_a_debt_and_a_reversal_does() {
    use MovementKind::{Refund, Reversal};
    assert_eq!(
        debt(Status::Paid, 0, &[moved(NOON, Refund, "re_1", 10_000)]),
        (Status::Paid, 0)
    );
    let reversed = [moved(NOON, Reversal, "dp_1", 6_000)];
    assert_eq!(debt(Status::Paid, 0, &reversed), (Status::Open, 6_000));
    let won = [
        reversed[0].clone(),
        moved("2027-03-01T12:00:00Z", Reversal, "dp_1", 0),
    ];
    assert_eq!(debt(Status::Paid, 0, &won), (Status::Paid, 0));
    assert_eq!(debt(Status::Void, 0, &reversed), (Status::Void, 0));
    // Shown as open after it: the tool has reckoned with it.
    let before = [moved(NINE, Reversal, "dp_1", 6_000)];
    assert_eq!(debt(Status::Open, 4_000, &before), (Status::Open, 4_000));
    assert_eq!(debt(Status::Open, 4_000, &reversed), (Status::Open, 10_000));
}

#[test]
fn an_end_counts_until_a_later_snapshot_says_otherwise() {
    let ended = |when, status| happened(when, Happened::Ended(status));
    assert_eq!(
        debt(Status::Open, 10_000, &[ended(NOON, Status::Paid)]),
        (Status::Paid, 0)
    );
    assert_eq!(
        debt(Status::Open, 10_000, &[ended(NOON, Status::Void)]),
        (Status::Void, 0)
    );
    // Of two, the later.
    let (first, second) = (ended(ELEVEN, Status::Void), ended(NOON, Status::Paid));
    for both in [[first.clone(), second.clone()], [second, first]] {
        assert_eq!(debt(Status::Open, 10_000, &both), (Status::Paid, 0));
    }
    let written_off = debt(Status::Open, 10_000, &[ended(NOON, Status::Uncollectible)]);
    assert_eq!(written_off, (Status::Uncollectible, 10_000));
    assert_eq!(
        debt(Status::Open, 10_000, &[ended(NINE, Status::Paid)]),
        (Status::Open, 10_000)
    );
}

#[test]
fn a_payment_after_a_reversal_pays_what_was_reversed() {
    use MovementKind::{Payment, Reversal};
    let reversed = moved(ELEVEN, Reversal, "dp_1", 10_000);
    let again = moved(NOON, Payment, "p2", 10_000);
    assert_eq!(
        debt(Status::Paid, 0, &[reversed.clone(), again]),
        (Status::Paid, 0)
    );
    let in_part = moved(NOON, Payment, "p2", 4_000);
    assert_eq!(
        debt(Status::Paid, 0, &[reversed.clone(), in_part]),
        (Status::Open, 6_000)
    );
    let said_so = happened(NOON, Happened::Ended(Status::Paid));
    assert_eq!(
        debt(Status::Paid, 0, &[reversed, said_so]),
        (Status::Paid, 0)
    );
}

#[test]
fn a_snapshot_that_is_newer_than_all_payments_is_believed() {
    let paid = moved(NINE, MovementKind::Payment, "p1", 10_000);
    assert_eq!(debt(Status::Open, 10_000, &[paid]), (Status::Open, 10_000));
    let in_part = moved(NINE, MovementKind::Payment, "p1", 6_000);
    assert_eq!(
        debt(Status::Open, 10_000, &[in_part]),
        (Status::Open, 10_000)
    );
}

#[test]
fn being_told_of_again_makes_no_credit_note_a_newer_one() {
    let credit = |when| moved(when, MovementKind::Credit, "cn_1", 2_500);
    let told = [credit(NINE), credit(NOON)];
    assert_eq!(debt(Status::Open, 7_500, &told), (Status::Open, 7_500));
}

#[test]
fn a_reversal_in_another_currency_takes_the_whole_payment_back() {
    let mut dollars = moved(NOON, MovementKind::Reversal, "dp_1", 6_000);
    if let Happened::Moved { movement, .. } = &mut dollars.what {
        movement.amount.currency = Currency::parse("USD").unwrap();
    }
    assert_eq!(debt(Status::Paid, 0, &[dollars]), (Status::Open, 10_000));
}

#[test]
fn a_debt_that_payments_had_settled_and_that_is_owed_again_is_held() {
    let open = |when: &str| event(when, invoice("in_1", "2027-02-15"));
    let paid = |when, minor| moved(when, MovementKind::Payment, "p1", minor);
    let mut undone = Kept::new();
    undone.hear(NOON, &open("2027-01-11T10:00:00Z"));
    undone.hear_movement(NOON, &paid(ELEVEN, 10_000));
    assert_eq!(
        undone.invoice().outlook,
        Outlook::NotChased(NotChased::Paid)
    );
    undone.hear_movement(NOON, &paid("2027-01-11T11:30:00Z", 0));
    assert_eq!(undone.invoice().outlook, Outlook::Held(Hold::Reopened));

    let mut bounced = Kept::new();
    bounced.hear(NOON, &open("2027-01-11T10:00:00Z"));
    bounced.hear_movement(NOON, &paid(ELEVEN, 10_000));
    bounced.hear("2027-01-12T10:00:00Z", &open("2027-01-12T10:00:00Z"));
    assert_eq!(bounced.invoice().outlook, Outlook::Held(Hold::Reopened));

    let mut in_part = Kept::new();
    in_part.hear(NOON, &open("2027-01-11T10:00:00Z"));
    in_part.hear_movement(NOON, &paid(ELEVEN, 4_000));
    in_part.hear("2027-01-12T10:00:00Z", &open("2027-01-12T10:00:00Z"));
    assert!(matches!(in_part.invoice().outlook, Outlook::Next { .. }));
}

impl Kept {
    /// Something is told apart of an invoice in the file, open or closed.
    pub(crate) fn hear_movement(&mut self, now: &str, event: &MovementEvent) {
        let Subject::Invoice(id) = &event.subject else {
            panic!("these are about invoices");
        };
        let known = self.file.open.get(id).or_else(|| self.closed.get(id));
        let known = known.unwrap().clone();
        let movements = by(event);
        let debtor = &self.file.debtor;
        let change = receive_movement(self.context(now), debtor, &known, &movements, event);
        self.write(now, &change);
    }

    pub(crate) fn invoice(&self) -> &Invoice {
        let mut all = self.file.open.values().chain(self.closed.values());
        all.next().unwrap()
    }
}

fn paid() -> dunning::billing::InvoiceEvent {
    let mut paid = invoice("in_1", "2027-02-15");
    (paid.status, paid.remaining) = (Status::Paid, euros(0));
    event("2027-01-20T10:00:00Z", paid)
}

#[test]
fn a_chargeback_brings_a_paid_invoice_back_held_until_a_person_has_looked() {
    let mut kept = Kept::new();
    kept.hear(
        NOON,
        &event("2027-01-11T10:00:00Z", invoice("in_1", "2027-02-15")),
    );
    kept.hear("2027-01-20T10:00:00Z", &paid());
    assert_eq!(kept.invoice().outlook, Outlook::NotChased(NotChased::Paid));
    let chargeback = moved(
        "2027-01-25T10:00:00Z",
        MovementKind::Reversal,
        "dp_1",
        10_000,
    );
    kept.hear_movement("2027-01-25T10:00:00Z", &chargeback);
    assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
    let id = kept.invoice().id().clone();
    let released = instruct(&kept.file, Some(&id), Instruction::Release(None));
    kept.write("2027-01-26T10:00:00Z", &released);
    let ctx = kept.context("2027-01-26T10:00:00Z");
    let planned = replan(ctx, &kept.file.debtor, kept.invoice());
    kept.write("2027-01-26T10:00:00Z", &planned);
    assert!(
        matches!(kept.invoice().outlook, Outlook::Next { .. }),
        "{:?}",
        kept.invoice().outlook
    );
    // Another chargeback of the same invoice is another matter.
    let again = moved(
        "2027-01-27T10:00:00Z",
        MovementKind::Reversal,
        "dp_2",
        5_000,
    );
    kept.hear_movement("2027-01-27T10:00:00Z", &again);
    assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
    // Both were won.
    for id in ["dp_1", "dp_2"] {
        let won = moved("2027-02-27T10:00:00Z", MovementKind::Reversal, id, 0);
        kept.hear_movement("2027-02-27T10:00:00Z", &won);
    }
    assert_eq!(kept.invoice().outlook, Outlook::NotChased(NotChased::Paid));
}

#[test]
fn an_invoice_that_was_said_to_be_paid_and_is_shown_open_later_is_held() {
    let mut kept = Kept::new();
    let open = |when: &str| event(when, invoice("in_1", "2027-02-15"));
    kept.hear(NOON, &open("2027-01-11T10:00:00Z"));
    kept.hear_movement(NOON, &happened(ELEVEN, Happened::Ended(Status::Paid)));
    assert_eq!(kept.invoice().outlook, Outlook::NotChased(NotChased::Paid));
    kept.hear("2027-01-12T10:00:00Z", &open("2027-01-12T10:00:00Z"));
    assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
}

#[test]
fn of_two_words_of_one_second_the_quieter_counts() {
    use MovementKind::{Credit, Payment, Reversal};
    for (kind, left) in [(Payment, 4_000), (Credit, 4_000), (Reversal, 9_000)] {
        let told = [moved(NOON, kind, "m", 4_000), moved(NOON, kind, "m", 1_000)];
        let again = [told[1].clone(), told[0].clone()];
        assert_eq!(debt(Status::Open, 8_000, &told), (Status::Open, left));
        assert_eq!(debt(Status::Open, 8_000, &again), (Status::Open, left));
    }
}

#[test]
fn an_end_and_a_snapshot_of_one_counter_are_ordered_by_it() {
    let order = |when, version| Order {
        version: Some(version),
        at: at(when),
    };
    let status = |end: Order| {
        let mut open = event(NOON, invoice("in_1", "2027-02-15"));
        open.order = order(NOON, 4);
        let told = Debt::by(&open).with(Movements::by(end, &Happened::Ended(Status::Void)));
        told.balance().status
    };
    // Whatever their times; of one number, the end counts.
    assert_eq!(status(order(ELEVEN, 5)), Status::Void);
    assert_eq!(status(order(ELEVEN, 4)), Status::Void);
    assert_eq!(status(order("2027-01-11T13:00:00Z", 3)), Status::Open);
}

#[test]
fn fault_5c_what_was_written_off_and_is_shown_open_later_is_held() {
    let shown = |when: &str, status| {
        let mut shown = invoice("in_1", "2027-02-15");
        shown.status = status;
        event(when, shown)
    };
    let open = |when| shown(when, Status::Open);
    let mut kept = Kept::new();
    kept.hear(NOON, &open("2027-01-11T10:00:00Z"));
    kept.hear(NOON, &shown("2027-01-12T10:00:00Z", Status::Uncollectible));
    let written_off = Outlook::NotChased(NotChased::Uncollectible);
    assert_eq!(kept.invoice().outlook, written_off);
    assert_eq!(kept.invoice().debt.reopened(), None);
    kept.hear(NOON, &open("2027-02-21T10:00:00Z"));
    assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
    let since = kept.invoice().debt.reopened();
    assert_eq!(since, Some(at("2027-01-12T10:00:00Z")));

    // The end was told by itself.
    let mut kept = Kept::new();
    kept.hear(NOON, &open("2027-01-11T10:00:00Z"));
    kept.hear_movement(
        NOON,
        &happened(ELEVEN, Happened::Ended(Status::Uncollectible)),
    );
    assert_eq!(kept.invoice().outlook, written_off);
    kept.hear(NOON, &open("2027-02-21T10:00:00Z"));
    assert_eq!(kept.invoice().outlook, Outlook::Held(Hold::Reopened));
}

fn silenced(left_alone: bool, left: Option<Left>) -> Happened {
    Happened::Silenced(Silence {
        left_alone,
        left,
        ..Silence::default()
    })
}

prop_compose! {
    fn any_fact()(
        hour in 8_u8..14,
        kind in prop::sample::select(vec![
            MovementKind::Payment, MovementKind::Credit, MovementKind::Refund, MovementKind::Reversal,
        ]),
        id in 0_u8..3,
        minor in prop::sample::select(vec![0_i64, 2_000, 10_000]),
        end in prop::option::weighted(0.3, prop::sample::select(vec![
            Happened::Ended(Status::Paid),
            Happened::Ended(Status::Void),
            Happened::Ended(Status::Uncollectible),
            silenced(false, Some(Left::Nothing)),
            silenced(true, Some(Left::Money(euros(3_000)))),
            silenced(true, None),
        ])),
    ) -> MovementEvent {
        let when = format!("2027-01-11T{hour:02}:00:00Z");
        match end {
            Some(what) => happened(&when, what),
            None => moved(&when, kind, &format!("m{id}"), minor),
        }
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_make_the_same_debt(
        facts in prop::collection::vec(any_fact(), 0..8),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        split in any::<prop::sample::Index>(),
    ) {
        let apart = |events: &[MovementEvent]| {
            events.iter().map(by).fold(Movements::default(), Movements::merge)
        };
        let whole = apart(&facts);
        let again: Vec<MovementEvent> = order
            .iter()
            .filter(|_| !facts.is_empty())
            .map(|index| index.get(&facts).clone())
            .chain(facts.iter().rev().cloned())
            .collect();
        prop_assert_eq!(&apart(&again), &whole);
        let (one, other) = facts.split_at(split.index(facts.len() + 1));
        prop_assert_eq!(&apart(one).merge(apart(other)), &whole);
        for status in [Status::Draft, Status::Open, Status::Paid, Status::Void, Status::Uncollectible] {
            let shown = if status == Status::Paid { 0 } else { 8_000 };
            let told = told(status, shown, &facts);
            let balance = told.balance();
            let (remaining, total) = (balance.remaining.minor, balance.total.minor);
            prop_assert!((0..=total).contains(&remaining), "{remaining} of {total}");
            // Whatever else is told, nobody is asked for more by what made no sense.
            let mut sense = facts.clone();
            sense.retain(|event| !matches!(event.what, Happened::Silenced(_)));
            let (_, by_sense) = debt(status, shown, &sense);
            prop_assert!(remaining <= by_sense, "{remaining}, without it {by_sense}");
        }
    }
}
