//! A debtor's life, hour by hour: who is knocked for looks, and each mail meets its fate.

use dunning::billing::{By, Dated, Order};
use dunning::file::{Invoice, StepState};
use dunning::rules::{Decision, Delivery, Instruction, decide, instruct, record_delivery, replan};
use dunning::value::{ClaimId, EmailAddress};
use jiff::{SignedDuration, Timestamp};

use crate::common::{Kept, at, event, invoice, with_address};

const WINDOW: SignedDuration = SignedDuration::from_mins(45);

/// What SES says of a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    BouncesForGood,
    BouncesForNow,
    Rejected,
    /// It was delivered, and an automatic answer came back.
    Answered,
    /// Nobody hears of it, ever.
    Lost,
}

impl Kept {
    /// Lives on, hour by hour, until that instant: whoever is knocked for looks, and each mail meets its fate.
    /// The steps that left, with their days.
    pub(crate) fn live(&mut self, from: &str, until: &str, fate: Fate) -> Vec<String> {
        let (mut now, until) = (at(from), at(until));
        let mut left = Vec::new();
        while now < until {
            // Nothing happens at night.
            if (7..17).contains(&now.to_zoned(jiff::tz::TimeZone::UTC).hour()) {
                left.extend(self.look(now, fate));
            }
            now += SignedDuration::from_hours(1);
        }
        left
    }

    pub(crate) fn look(&mut self, now: Timestamp, fate: Fate) -> Vec<String> {
        let text = now.to_string();
        let mut left = Vec::new();
        for _ in 0..10 {
            let decision = decide(self.context(&text), &self.file, self.version, WINDOW);
            match decision {
                Decision::Write(change) | Decision::Signal { change, .. } => {
                    self.write(&text, &change);
                }
                Decision::Send { claim, letter } => {
                    self.write(&text, &claim);
                    for invoice in &letter.invoices {
                        let step = claimed(&self.file.open[invoice.id()]);
                        left.push(format!("{step} {}", &text[..10]));
                    }
                    self.meet(&text, &letter.claim, letter.to, fate);
                }
                Decision::Nothing | Decision::KnockAgain(_) => return left,
            }
        }
        panic!("never done")
    }

    fn meet(&mut self, now: &str, claim: &ClaimId, to: EmailAddress, fate: Fate) {
        let for_now = Delivery::Bounced {
            permanent: Vec::new(),
        };
        let news = match fate {
            Fate::Lost => return,
            Fate::Delivered => vec![Delivery::Delivered],
            Fate::BouncesForGood => vec![Delivery::Bounced {
                permanent: vec![to],
            }],
            Fate::BouncesForNow => vec![for_now],
            Fate::Answered => vec![Delivery::Delivered, for_now],
            Fate::Rejected => vec![Delivery::Rejected],
        };
        let sent = Delivery::Sent {
            message_id: "m".to_owned(),
        };
        for delivery in [vec![sent], news].concat() {
            let change = record_delivery(&self.file, claim, &delivery, at(now));
            self.write(now, &change);
        }
        self.replan_all(now);
    }

    /// As whoever follows the table does when the debtor, or an instruction, has changed.
    pub(crate) fn replan_all(&mut self, now: &str) {
        for invoice in self.file.open.clone().values() {
            let change = replan(self.context(now), &self.file.debtor, invoice);
            if !change.is_empty() {
                self.write(now, &change);
            }
        }
    }

    pub(crate) fn address(&mut self, now: &str, email: Option<&str>) {
        let email = email.map(|email| EmailAddress::parse(email).unwrap());
        let order = Order {
            version: None,
            at: at(now),
        };
        let value = with_address(email);
        let by = By::default();
        self.file.debtor.hear(&Dated { order, value, by });
        self.replan_all(now);
    }

    pub(crate) fn instruct(&mut self, now: &str, instruction: Instruction) {
        let id = self.only().id().clone();
        let change = instruct(&self.file, Some(&id), instruction);
        self.write(now, &change);
        self.replan_all(now);
    }

    pub(crate) fn only(&self) -> &Invoice {
        self.file.open.values().next().unwrap()
    }

    pub(crate) fn team_was_told(&self, what: &str) -> usize {
        self.log.matches(&format!("team: {what} (")).count()
    }
}

fn claimed(invoice: &Invoice) -> &str {
    let mut steps = invoice.steps.iter();
    let claimed = steps.find(|step| matches!(step.state, StepState::Claimed { .. }));
    claimed.unwrap().id.as_str()
}

/// An invoice that comes in on that day.
pub(crate) fn told(on: &str, due_on: &str) -> Kept {
    let mut kept = Kept::new();
    kept.hear(on, &event(on, invoice("in_1", due_on)));
    kept
}
