//! What people want in between: that nothing is sent about an invoice, to a customer, or to anybody; and that what
//! was held for them goes on.

use dunning::file::Pause;
use dunning::rules::Instruction;
use dunning::value::{CustomerId, DebtorKey, InvoiceId, Realm};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError};

use crate::dice::Dice;
use crate::engine::{After, Answer, Coming, Engine, Task};
use crate::scheme::Scheme;
use crate::story::{DAY, HOUR, Status, Telling};

/// What an instruction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    Invoice(String),
    Customer(String),
    Everything,
}

impl About {
    /// Whether it concerns what a message speaks of.
    fn is_in(&self, body: &str) -> bool {
        match self {
            Self::Invoice(id) | Self::Customer(id) => body.contains(&format!("{id}\"")),
            Self::Everything => true,
        }
    }
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Nothing is to be sent, until a day if it has one.
    Pause { until: Option<Date> },
    /// An invoice that was held for a person may go on.
    Release,
}

/// Somebody wants something.
#[derive(Debug, Clone)]
pub(crate) struct Instructed {
    pub(crate) name: String,
    pub(crate) about: About,
    pub(crate) want: Want,
    pub(crate) at: Timestamp,
    /// When a pause is over: by itself, or because a person says that reminders go on.
    pub(crate) over_at: Timestamp,
    pub(crate) is_lifted: bool,
    /// It is said while somebody decides about the very same.
    pub(crate) crosses: bool,
}

impl Instructed {
    /// Whether nothing may leave on a day, while it stands.
    pub(crate) fn stops(&self, day: Date) -> bool {
        match self.want {
            Want::Pause { until } => until.is_none_or(|until| day < until),
            Want::Release => false,
        }
    }

    /// Whether nobody ever ends it.
    pub(crate) fn is_for_good(&self) -> bool {
        self.want == Want::Pause { until: None } && !self.is_lifted
    }
}

/// An instruction is said, or taken back; again, if nobody answered.
#[derive(Clone, Copy)]
pub(crate) struct Saying {
    pub(crate) instruction: usize,
    pub(crate) lifts: bool,
    pub(crate) attempt: u32,
}

/// The instructions of a history: none with an end of its own is taken back, and everything stands still for
/// a while only.
pub(crate) fn instructions(
    dice: &Dice,
    starts_at: Timestamp,
    customers: u64,
    invoices: u64,
    tellings: &[Telling],
    scheme: &Scheme,
) -> Vec<Instructed> {
    let invoice = format!("in_{}", dice.below("wish/invoice", invoices));
    let customer = format!("cus_{}", dice.below("wish/customer", customers));
    let about = [
        ("an invoice is paused", About::Invoice(invoice)),
        ("a customer is paused", About::Customer(customer)),
        ("everything is paused", About::Everything),
    ];
    let pauses = about
        .into_iter()
        .filter(|(name, _)| dice.strikes(name, 2_500));
    let pauses = pauses.map(|(name, about)| {
        let at = starts_at + dice.span((name, "at"), DAY * 60);
        pause(dice, name.to_owned(), about, at)
    });
    let mut all: Vec<Instructed> = pauses.collect();
    for more in at_bad_moments(dice, tellings, scheme) {
        // Who pauses what is paused already, or resumes it for another, is a story of its own.
        if all.iter().all(|other| other.about != more.about) {
            all.push(more);
        }
    }
    all.extend(releases(dice, tellings));
    all
}

fn pause(dice: &Dice, name: String, about: About, at: Timestamp) -> Instructed {
    let over_at = at + HOUR * 2 + dice.span((&name, "lasts"), DAY * 20);
    let day = over_at.to_zoned(TimeZone::UTC).date();
    let until = dice.happens((&name, "has an end"), 500).then_some(day);
    let ever = about == About::Everything || dice.happens((&name, "is lifted"), 700);
    Instructed {
        want: Want::Pause { until },
        at,
        over_at,
        is_lifted: until.is_none() && ever,
        crosses: dice.happens((&name, "crosses"), 700),
        name,
        about,
    }
}

/// Just before a reminder leaves, as when somebody has called that morning.
fn at_bad_moments(dice: &Dice, tellings: &[Telling], scheme: &Scheme) -> Vec<Instructed> {
    let issued = tellings.iter().filter(|told| told.kind == "finalized");
    let dated = issued.filter_map(|told| Some((told, told.facts.due_on()?)));
    dated
        .filter_map(|(told, due_on)| {
            let name = format!("{} is paused in the morning", told.invoice);
            if !dice.strikes(&name, 800) {
                return None;
            }
            let at = scheme.a_busy_moment(dice, &name, due_on) - HOUR * 3;
            let about = match dice.below((&name, "about"), 4) {
                0 => About::Customer(format!("cus_{}", told.facts.customer)),
                1 => About::Everything,
                _ => About::Invoice(told.invoice.clone()),
            };
            (at > told.at).then(|| pause(dice, name, about, at))
        })
        .collect()
}

/// A person looks at what came back, or came too late: most are let go, each time that it is held.
fn releases(dice: &Dice, tellings: &[Telling]) -> Vec<Instructed> {
    let is_held = |told: &Telling| {
        let late = SignedDuration::from_hours(24 * 20);
        let before = tellings
            .iter()
            .filter(|other| other.invoice == told.invoice);
        let comes_late = told
            .facts
            .due_at
            .is_some_and(|due| told.at.duration_since(due) > late);
        let is_settled = |other: &Telling| other.at < told.at && other.facts.status.is_settled();
        told.facts.status == Status::Open && (comes_late || before.clone().any(is_settled))
    };
    let looked_at = tellings.iter().filter(|told| is_held(told));
    looked_at
        .filter_map(|told| {
            let name = format!("{} is released", told.id);
            // What nobody is told is seen by whoever asks.
            let sent = told.sent.iter().max().copied();
            let at = sent.unwrap_or(told.at + DAY) + HOUR + dice.span((&name, "at"), DAY * 6);
            dice.strikes(&name, 6_000).then(|| Instructed {
                about: About::Invoice(told.invoice.clone()),
                want: Want::Release,
                at,
                over_at: at,
                is_lifted: false,
                crosses: false,
                name,
            })
        })
        .collect()
}

impl Engine<'_> {
    pub(crate) fn put_instructions(&mut self) {
        for (instruction, instructed) in self.story.instructions.iter().enumerate() {
            let saying = |lifts| {
                Coming::Instruction(Saying {
                    instruction,
                    lifts,
                    attempt: 0,
                })
            };
            self.put(instructed.at, saying(false));
            if instructed.is_lifted {
                self.put(instructed.over_at, saying(true));
            }
        }
    }

    /// It is said; or waits for the moment at which somebody decides about the very same.
    pub(crate) fn hear_instruction(&mut self, saying: Saying) {
        let instructed = &self.story.instructions[saying.instruction];
        if saying.lifts {
            // Whoever still waited for a bad moment has waited for too long.
            let is_it = |other: &Saying| other.instruction == saying.instruction;
            self.lurking.retain(|other| !is_it(other));
        } else if instructed.crosses && saying.attempt == 0 {
            self.lurking.push(saying);
            return;
        } else if self.history.lifted.contains_key(&saying.instruction) {
            return;
        }
        self.start_instruction(saying);
    }

    /// A function that decides has made a step: whoever waited for that speaks now, or at a later one.
    pub(crate) fn speak_across(&mut self, task: usize) {
        let Task {
            name,
            polls,
            bodies,
            ..
        } = &self.tasks[task];
        let is_about = |saying: &Saying| {
            self.story.instructions[saying.instruction]
                .about
                .is_in(bodies)
        };
        let crosses = self.lurking.iter().position(is_about);
        let speaks = self.dice.happens((name, "is crossed", polls), 150) && !self.is_calm();
        if let Some(place) = crosses.filter(|_| speaks) {
            let saying = self.lurking.remove(place);
            self.start_instruction(saying);
        }
    }

    fn start_instruction(&mut self, saying: Saying) {
        let Saying {
            instruction,
            lifts,
            attempt,
        } = saying;
        let instructed = &self.story.instructions[instruction];
        let what = if lifts { "ends" } else { "begins" };
        let name = format!("{} {what} attempt {attempt}", instructed.name);
        self.history.log.write(self.clock.now(), name.clone());
        if lifts {
            self.history
                .lifted
                .entry(instruction)
                .or_insert(self.history.tick);
        } else {
            let tick = self.history.tick;
            self.history.said.entry(instruction).or_insert(tick);
        }
        let (functions, about) = (self.deployed(), instructed.about.clone());
        let wanted = match instructed.want {
            _ if lifts => Instruction::Resume,
            Want::Pause { until } => Instruction::Pause(Pause { until }),
            Want::Release => Instruction::Release(None),
        };
        let now = self.clock.now();
        let answer = async move {
            let obeyed = say(&functions.remind.ledger, &about, wanted, now).await;
            Answer::Instruction(obeyed.ok())
        };
        self.invoke(name, answer, After::Instruction(saying));
    }

    /// Whether the instruction was obeyed, if anybody answered.
    pub(crate) fn instruction_ended(&mut self, saying: Saying, obeyed: Option<bool>) {
        let now = self.clock.now();
        match obeyed {
            Some(obeyed) if !saying.lifts => {
                let answered = (self.history.tick, obeyed);
                self.history.answered.insert(saying.instruction, answered);
            }
            Some(_) => {}
            None => {
                let again = Saying {
                    attempt: saying.attempt + 1,
                    ..saying
                };
                self.put(
                    now + SignedDuration::from_mins(10),
                    Coming::Instruction(again),
                );
            }
        }
    }
}

/// As the command line does it.
async fn say(
    ledger: &Ledger,
    about: &About,
    instruction: Instruction,
    now: Timestamp,
) -> Result<bool, LedgerError> {
    let realm = || -> Realm {
        DebtorKey::parse("stripe#default#live#cus_0")
            .expect("a key")
            .realm
    };
    let obeyed = match about {
        About::Everything => {
            let pause = match instruction {
                Instruction::Pause(pause) => Some(pause),
                Instruction::Resume
                | Instruction::Release(_)
                | Instruction::Approve
                | Instruction::Called(_) => None,
            };
            ledger.put_standstill(pause, now).await?;
            return Ok(true);
        }
        About::Invoice(id) => {
            let id = InvoiceId::parse(id.as_str()).expect("an id");
            match ledger.owner(&realm(), &id).await? {
                Some(debtor) => {
                    ledger
                        .instruct(&debtor, Some(&id), instruction, now)
                        .await?
                }
                None => None,
            }
        }
        About::Customer(id) => {
            let customer = CustomerId::parse(id.as_str()).expect("an id");
            ledger
                .instruct(
                    &DebtorKey {
                        realm: realm(),
                        customer,
                    },
                    None,
                    instruction,
                    now,
                )
                .await?
        }
    };
    Ok(match instruction {
        Instruction::Release(_) | Instruction::Approve | Instruction::Called(_) => {
            obeyed.is_some_and(|journal| !journal.is_empty())
        }
        Instruction::Pause(_) | Instruction::Resume => obeyed.is_some(),
    })
}
