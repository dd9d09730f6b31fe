//! An invoice that was shown in a way that makes no sense, but for what silences it.

use dunning::billing::{
    By, Collection, Debt, Happened, Left, MovementKind, Movements, Silence, Status,
};
use dunning::file::{Hold, NotChased, Outlook};
use dunning::rules::{Known, receive};
use dunning::value::{Currency, Money};

use crate::common::{Kept, at, euros, event, invoice, one_invoice};
use crate::facts::held;
use crate::living::Fate;
use crate::movements::{by, happened, moved};

const SHOWN: &str = "2027-01-11T10:00:00Z";
const LATER: &str = "2027-01-20T10:00:00Z";
const LATEST: &str = "2027-01-25T10:00:00Z";

fn left_alone() -> Silence {
    Silence {
        left_alone: true,
        ..Silence::default()
    }
}

fn left(left: Left) -> Silence {
    Silence {
        left: Some(left),
        ..Silence::default()
    }
}

impl Kept {
    fn hear_silence(&mut self, when: &str, silence: Silence) {
        self.hear_movement(when, &happened(when, Happened::Silenced(silence)));
    }

    fn show(&mut self, when: &str, due: &str) {
        self.hear(when, &event(when, invoice("in_1", due)));
    }
}

#[test]
fn what_a_senseless_event_says_to_silence_an_invoice_is_obeyed_until_it_is_shown_again() {
    for (silence, outlook) in [
        (left_alone(), held(Hold::LeftAlone)),
        (left(Left::Nothing), Outlook::NotChased(NotChased::Paid)),
        (
            Silence {
                draft: true,
                ..Silence::default()
            },
            Outlook::NotChased(NotChased::Draft),
        ),
        (
            Silence {
                charged_automatically: true,
                ..Silence::default()
            },
            Outlook::NotChased(NotChased::ChargedAutomatically),
        ),
    ] {
        let mut kept = one_invoice();
        kept.hear_silence(LATER, silence);
        assert_eq!(kept.invoice().outlook, outlook);
        kept.live(LATER, "2027-04-20T10:00:00Z", Fate::Delivered);
        assert!(!kept.log.contains("claimed"), "{}", kept.log);
        // A word that is older than it changes nothing.
        kept.show("2027-01-19T10:00:00Z", "2027-02-16");
        assert_eq!(kept.invoice().outlook, outlook);
        kept.show(LATEST, "2027-05-15");
        let next = &kept.invoice().outlook;
        assert!(matches!(next, Outlook::Next { .. }), "{silence:?}: {next}");
    }
}

#[test]
fn a_day_that_a_senseless_event_says_is_waited_for() {
    let day = Some("2027-03-01".parse().unwrap());
    for silence in [
        Silence {
            not_before: day,
            ..Silence::default()
        },
        Silence {
            payment_pending_until: day,
            ..Silence::default()
        },
    ] {
        let mut kept = one_invoice();
        kept.hear_silence(LATER, silence);
        let left = kept.live(LATER, "2027-03-02T20:00:00Z", Fate::Delivered);
        assert_eq!(left, ["late-3 2027-03-01"]);
    }
}

#[test]
fn no_more_is_asked_for_than_a_senseless_event_leaves_and_what_moves_after_it_counts() {
    let remaining = |moves: &[(MovementKind, i64)]| {
        let shown = Debt::by(&event(SHOWN, invoice("in_1", "2027-02-15")));
        let told = left(Left::Money(euros(4_000)));
        let told = happened(LATER, Happened::Silenced(told));
        let moves = moves.iter().enumerate();
        let moves =
            moves.map(|(n, (kind, minor))| by(&moved(LATEST, *kind, &format!("m{n}"), *minor)));
        let debt = moves.fold(shown.with(by(&told)), Debt::with);
        (debt.balance().status, debt.balance().remaining.minor)
    };
    assert_eq!(remaining(&[]), (Status::Open, 4_000));
    assert_eq!(
        remaining(&[(MovementKind::Payment, 1_000)]),
        (Status::Open, 3_000)
    );
    assert_eq!(
        remaining(&[(MovementKind::Payment, 4_000)]),
        (Status::Paid, 0)
    );
    assert_eq!(
        remaining(&[(MovementKind::Reversal, 2_000)]),
        (Status::Open, 6_000)
    );
    // More than was owed is not asked for, nor does money of another currency say anything.
    let dollars = Currency::parse("USD").unwrap();
    for more in [
        euros(20_000),
        Money {
            minor: 5,
            currency: dollars,
        },
    ] {
        let shown = Debt::by(&event(SHOWN, invoice("in_1", "2027-02-15")));
        let told = left(Left::Money(more));
        let debt = shown.with(by(&happened(LATER, Happened::Silenced(told))));
        assert_eq!(debt.balance().remaining, euros(10_000));
    }
}

#[test]
fn a_chargeback_after_nothing_was_left_is_owed_and_held() {
    let mut kept = one_invoice();
    kept.hear_silence(LATER, left(Left::Nothing));
    kept.hear_movement(
        LATEST,
        &moved(LATEST, MovementKind::Reversal, "dp_1", 6_000),
    );
    assert_eq!(kept.invoice().balance().remaining, euros(6_000));
    assert_eq!(kept.invoice().outlook, held(Hold::Reopened));
}

#[test]
fn an_end_is_none_the_less_one_for_what_made_no_sense_after_it() {
    let mut kept = one_invoice();
    kept.hear_movement(LATER, &happened(LATER, Happened::Ended(Status::Paid)));
    kept.hear_silence(
        LATEST,
        Silence {
            draft: true,
            ..left_alone()
        },
    );
    assert_eq!(kept.invoice().outlook, Outlook::NotChased(NotChased::Paid));
}

#[test]
fn what_was_told_before_the_invoice_was_known_silences_it_when_it_comes() {
    let told = happened(LATER, Happened::Silenced(left_alone()));
    let parked = Movements::by(told.order, &told.what);
    let mut kept = Kept::new();
    let known = Known {
        debtor: None,
        invoice: None,
        parked: &parked,
        moved_from: None,
    };
    let shown = event(SHOWN, invoice("in_1", "2027-02-15"));
    let change = receive(kept.context(LATEST), known, &shown);
    kept.write(LATEST, &change);
    assert_eq!(kept.invoice().outlook, held(Hold::LeftAlone));
    assert_eq!(kept.invoice().balance().collection, Collection::SendInvoice);
}

#[test]
fn once_its_filter_is_mended_what_made_no_sense_silences_no_more() {
    let shown = Debt::by(&event(SHOWN, invoice("in_1", "2027-02-15")));
    let told = by(&happened(LATER, Happened::Silenced(left_alone())));
    let debt = shown.with(told.told_by(By::delivery("evt_1", 1)));
    assert!(debt.balance().left_alone);
    let other = debt.clone().withdraw(By::delivery("evt_2", 2));
    assert!(other.balance().left_alone);
    let mended = debt.withdraw(By::delivery("evt_1", 2));
    assert!(!mended.balance().left_alone);
    assert!(mended.movements.is_empty());
}

#[test]
fn of_two_that_made_no_sense_the_later_counts_and_of_one_second_the_quieter() {
    let tell = |when, silence| by(&happened(when, Happened::Silenced(silence)));
    let (one, other) = (left_alone(), left(Left::Nothing));
    let both = tell(LATER, one).merge(tell(LATEST, other));
    assert_eq!(both, tell(LATEST, other).merge(tell(LATER, one)));
    assert_eq!(both.silenced.unwrap().value, other);
    assert_eq!(both.silenced.unwrap().order.at, at(LATEST));
    let tie = tell(LATER, one).merge(tell(LATER, other));
    assert_eq!(tie, tell(LATER, other).merge(tell(LATER, one)));
    assert_eq!(tie.silenced.unwrap().value, one);
}

#[test]
fn a_silence_is_stored_and_read_again() {
    let day = Some("2027-03-01".parse().unwrap());
    let whole = Silence {
        draft: true,
        left: Some(Left::Money(euros(5))),
        charged_automatically: true,
        left_alone: true,
        not_before: day,
        payment_pending_until: day,
    };
    for silence in [whole, left(Left::Nothing), left_alone()] {
        let told = by(&happened(LATER, Happened::Silenced(silence)));
        let stored = serde_json::to_value(&told).unwrap();
        assert_eq!(serde_json::from_value::<Movements>(stored).unwrap(), told);
    }
}
