//! What people want in between: that nothing is sent about an invoice, to a customer, or to anybody.

use dunning::file::Pause;
use dunning::rules::Instruction;
use dunning::value::{CustomerId, DebtorKey, InvoiceId, Realm};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, LedgerError};

use crate::dice::Dice;
use crate::engine::{After, Answer, Coming, Engine};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a instruction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    Invoice(String),
    Customer(String),
    Everything,
}

/// Somebody wants nothing sent.
#[derive(Debug, Clone)]
pub(crate) struct Instructed {
    pub(crate) name: &'static str,
    pub(crate) about: About,
    pub(crate) at: Timestamp,
    pub(crate) until: Option<Date>,
    /// When it is over: by itself, or because a person says that reminders go on.
    pub(crate) over_at: Timestamp,
    pub(crate) is_lifted: bool,
}

/// A instruction is said, or taken back; again, if nobody answered.
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
) -> Vec<Instructed> {
    let about = [
        (
            "an invoice is paused",
            About::Invoice(format!("in_{}", dice.below("wish/invoice", invoices))),
        ),
        (
            "a customer is paused",
            About::Customer(format!("cus_{}", dice.below("wish/customer", customers))),
        ),
        ("everything is paused", About::Everything),
    ];
    let instructed = about
        .into_iter()
        .filter(|(name, _)| dice.strikes(name, 2_500));
    instructed
        .map(|(name, about)| {
            let at = starts_at + dice.span((name, "at"), DAY * 60);
            let over_at = at + dice.span((name, "lasts"), DAY * 20);
            let day = over_at.to_zoned(TimeZone::UTC).date();
            let until = dice.happens((name, "has an end"), 500).then_some(day);
            let ever = about == About::Everything || dice.happens((name, "is lifted"), 700);
            Instructed {
                name,
                about,
                at,
                until,
                over_at,
                is_lifted: until.is_none() && ever,
            }
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

    pub(crate) fn start_instruction(&mut self, saying: Saying) {
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
        }
        let (functions, about) = (self.deployed(), instructed.about.clone());
        let pause = (!lifts).then_some(Pause {
            until: instructed.until,
        });
        let now = self.clock.now();
        let answer = async move {
            let obeyed = say(&functions.remind.ledger, &about, pause, now).await;
            Answer::Instruction(obeyed.ok())
        };
        self.invoke(name, answer, After::Instruction(saying));
    }

    /// Whether the instruction was obeyed, if anybody answered.
    pub(crate) fn instruction_ended(&mut self, saying: Saying, obeyed: Option<bool>) {
        let now = self.clock.now();
        match obeyed {
            Some(true) if !saying.lifts => {
                self.history
                    .paused
                    .insert(saying.instruction, (self.history.tick, now));
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
    pause: Option<Pause>,
    now: Timestamp,
) -> Result<bool, LedgerError> {
    let realm = || -> Realm {
        DebtorKey::parse("stripe#default#live#cus_0")
            .expect("a key")
            .realm
    };
    let instruction = pause.map_or(Instruction::Resume, Instruction::Pause);
    let obeyed = match about {
        About::Everything => {
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
    Ok(obeyed.is_some())
}
