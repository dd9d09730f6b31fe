//! What happens to an invoice, by the dice: only what the persona's tool lets happen. Each history has a theme,
//! so that what seldom is possible is not seldom seen.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::dice::Dice;
use crate::ledger::{Entry, Kind, Ledger};
use crate::personas::Persona;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How much may happen to one invoice.
const MOST: usize = 7;

/// What is to happen in a history, if it can.
#[derive(Clone, Copy)]
pub(crate) struct Theme {
    kind: Kind,
    /// In the very second of something else.
    is_tied: bool,
}

impl Theme {
    /// One after the other, all that the persona's tool lets happen.
    pub(crate) fn of(number: u64, persona: &Persona) -> Self {
        let kinds: BTreeSet<Kind> = persona.kinds.iter().copied().collect();
        let themes: Vec<Self> = [false, true]
            .into_iter()
            .flat_map(|is_tied| {
                kinds.iter().map(move |kind| Self {
                    kind: *kind,
                    is_tied,
                })
            })
            .collect();
        let number = usize::try_from(number).expect("a number of histories");
        themes[number % themes.len()]
    }
}

/// What must have happened before.
fn prerequisites(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::PaymentUndone | Kind::Refunded | Kind::ChargedBack => &[Kind::Paid, Kind::PaidByHand],
        Kind::ChargebackWon | Kind::ChargebackLost => &[Kind::ChargedBack],
        Kind::CreditUndone => &[Kind::Credited],
        Kind::WriteOffUndone => &[Kind::WrittenOff],
        _ => &[],
    }
}

/// The ledger of one invoice.
pub(crate) fn ledger(dice: &Dice, persona: &Persona, theme: Theme, starts_at: Timestamp) -> Ledger {
    let at = starts_at + SignedDuration::from_hours(2) + dice.span("issued", DAY * 3);
    let total = 1_000 + i64::try_from(dice.below("total", 200_000)).expect("small");
    let mut plot = Plot {
        dice,
        persona,
        theme,
        at: whole_second(at),
        ledger: Ledger::default(),
    };
    plot.put(Kind::Issued, total, None);
    for n in 0..MOST {
        if dice.is_heard(&name(n)) {
            plot.go_on(n);
        }
    }
    plot.ledger
}

/// By which what happens can be silenced.
pub(crate) fn names() -> impl Iterator<Item = String> {
    (0..MOST).map(name)
}

fn name(n: usize) -> String {
    format!("entry/{n}")
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).expect("in range")
}

/// What something that may happen is about.
#[derive(Clone, Copy)]
enum About {
    TheInvoice,
    Entry(usize),
}

struct Plot<'a> {
    dice: &'a Dice,
    persona: &'a Persona,
    theme: Theme,
    at: Timestamp,
    ledger: Ledger,
}

impl Plot<'_> {
    fn go_on(&mut self, n: usize) {
        // Being shown again is always possible, and would crowd out what seldom is.
        let is_rest = !self.dice.happens(("touched", n), 250);
        let kinds = self.persona.kinds.iter();
        let kinds = kinds.filter(|kind| !is_rest || **kind != Kind::Touched);
        let possible: Vec<(Kind, About)> = kinds
            .filter_map(|kind| self.about(*kind).map(|of| (*kind, of)))
            .collect();
        if possible.is_empty() {
            return;
        }
        let towards = self.towards_the_theme(self.theme.kind, &possible);
        let towards = towards.filter(|_| self.dice.happens(("theme", n), 700));
        let (kind, about) = towards.unwrap_or(*self.dice.one_of(("kind", n), &possible));
        let of = match about {
            About::TheInvoice => None,
            About::Entry(of) => Some(of),
        };
        let often = match (kind == self.theme.kind, self.theme.is_tied) {
            (true, true) => 10_000,
            (true, false) => 0,
            (false, _) => 2_500,
        };
        self.at = if self.dice.strikes(&format!("same second/{n}"), often) {
            self.at + SignedDuration::from_millis(7)
        } else {
            let gap = SignedDuration::from_mins(1) + self.dice.span(("gap", n), DAY * 8);
            whole_second(self.at + gap)
        };
        let amount = self.amount(kind, of, towards.is_some(), n);
        self.put(kind, amount, of);
        if kind == Kind::PaidByHand {
            let typed = self.at - self.dice.span(("typed", n), DAY * 9);
            let last = self.ledger.entries.last_mut().expect("it was just put");
            last.typed = Some(whole_second(typed));
        }
    }

    fn put(&mut self, kind: Kind, amount: i64, of: Option<usize>) {
        self.ledger.entries.push(Entry {
            at: self.at,
            kind,
            amount,
            of,
            typed: None,
        });
    }

    /// What is a step towards the theme, as long as that has not happened.
    fn towards_the_theme(&self, kind: Kind, possible: &[(Kind, About)]) -> Option<(Kind, About)> {
        let entries = &self.ledger.entries;
        if entries.iter().any(|entry| entry.kind == self.theme.kind) {
            return None;
        }
        let its = possible.iter().find(|(possible, _)| *possible == kind);
        let before = prerequisites(kind).iter();
        its.copied().or_else(|| {
            before
                .into_iter()
                .find_map(|kind| self.towards_the_theme(*kind, possible))
        })
    }

    /// Whether the theme is still to come, and only can while something is owed.
    fn must_stay_open(&self) -> bool {
        let entries = &self.ledger.entries;
        let ends_or_undoes = [
            Kind::CalledPaid,
            Kind::WrittenOff,
            Kind::WriteOffUndone,
            Kind::Voided,
            Kind::CreditUndone,
        ];
        ends_or_undoes.contains(&self.theme.kind)
            && entries.iter().all(|entry| entry.kind != self.theme.kind)
    }

    fn amount(&self, kind: Kind, of: Option<usize>, is_towards: bool, n: usize) -> i64 {
        let owed = self.ledger.owed(&self.ledger.all()).unwrap_or(0);
        let whole = match (kind, of) {
            (Kind::Paid | Kind::PaidByHand | Kind::Credited, _) => owed,
            (_, Some(of)) => self.ledger.entries[of].amount,
            (_, None) => 0,
        };
        let parts = match kind {
            Kind::Paid | Kind::PaidByHand if self.must_stay_open() => &[2, 3, 4][..],
            // Some tools only let a bank take back what was paid as a whole.
            Kind::Paid | Kind::PaidByHand if is_towards && !self.persona.reopens => &[1],
            Kind::Paid | Kind::PaidByHand => &[1, 1, 2, 2, 3, 4],
            Kind::Credited if self.must_stay_open() => &[2, 4, 5],
            Kind::Credited => &[1, 2, 4, 5],
            Kind::Refunded | Kind::ChargedBack => &[1, 2],
            _ => &[1],
        };
        (whole / self.dice.one_of(("part", n), parts)).max(i64::from(whole > 0))
    }

    /// Whether it may happen now, and to which entry.
    fn about(&self, kind: Kind) -> Option<About> {
        let all = self.ledger.all();
        let stand = self.ledger.stand(&all)?;
        let is_owed = stand.owed() > 0;
        // A tool that goes on showing it as paid takes no payment for it.
        let is_open = is_owed && (stand.charged_back == 0 || self.persona.reopens);
        match kind {
            Kind::Issued => None,
            Kind::Touched => Some(About::TheInvoice),
            Kind::Paid | Kind::PaidByHand => is_open.then_some(About::TheInvoice),
            // An end at once leaves nothing to tell.
            Kind::CalledPaid | Kind::WrittenOff | Kind::Voided => {
                (is_open && self.ledger.entries.len() > 2).then_some(About::TheInvoice)
            }
            Kind::Credited => (is_open && stand.owed() > 1).then_some(About::TheInvoice),
            Kind::CreditUndone => self.last(is_open, &[Kind::Credited]),
            Kind::PaymentUndone | Kind::Refunded | Kind::ChargedBack => {
                let is_whole = self.persona.reopens || !is_owed;
                let is_free = stand.ended.is_none() && (kind != Kind::ChargedBack || is_whole);
                self.last(is_free, &[Kind::Paid, Kind::PaidByHand])
            }
            Kind::ChargebackWon | Kind::ChargebackLost => self.last(true, &[Kind::ChargedBack]),
            Kind::WriteOffUndone => self.last(true, &[Kind::WrittenOff]),
        }
    }

    /// The last entry of some kinds that nothing has happened to.
    fn last(&self, may: bool, kinds: &[Kind]) -> Option<About> {
        let entries = &self.ledger.entries;
        let is_free = |n: usize| entries.iter().all(|entry| entry.of != Some(n));
        let mut of_kind = (0..entries.len()).filter(|n| kinds.contains(&entries[*n].kind));
        let last = of_kind.rfind(|n| is_free(*n)).filter(|_| may);
        last.map(About::Entry)
    }
}
