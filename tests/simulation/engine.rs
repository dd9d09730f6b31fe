//! The machine room: starts the functions as AWS would, lets them interleave at every call, and makes trouble.
//!
//! Every call gives way once before and once after its effect, so whoever is polled next decides how two functions
//! cross, and a function that is dropped has died between two effects.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use aws::stack::{self, Queue};
use aws::{Aws, Clock, StreamRecord};
use aws_sdk_ssm::types::ParameterType;
use aws_types::sdk_config::RetryConfig;
use dunning::policy::Policy;
use jiff::{SignedDuration, Timestamp};
use ledger::Ledger;
use local::events::Message;
use local::{Functions, Wiring};
use mail::Templates;

use crate::dice::{Dice, fingerprint};
use crate::history::History;
use crate::instructions::Saying;
use crate::story::{HOUR, Story};
use crate::tool::{self, Tool};

pub(crate) const SECRET: &str = "whsec_of_the_simulation";
/// As `infra/template.yaml` has it.
const DELIVERY_WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// How often an event of EventBridge's is brought to a function.
const NIGHTS_TRIES: u32 = 3;

/// As `infra/template.yaml` has it: seventeen minutes past one.
pub(crate) fn night_after(now: Timestamp) -> Timestamp {
    let (day, offset) = (86_400, 3600 + 17 * 60);
    let days = (now.as_second() - offset).div_euclid(day) + 1;
    Timestamp::from_second(days * day + offset).expect("in range")
}

async fn put_parameter(ssm: &aws_sdk_ssm::Client, prefix: &str, value: &str) {
    let parameter = ssm.put_parameter().name(format!("{prefix}/stripe"));
    let parameter = parameter.value(value).r#type(ParameterType::SecureString);
    parameter.send().await.expect("it is put");
}

/// The tests' policy and the templates, read once for all histories.
pub(crate) struct Rules {
    pub(crate) text: String,
    pub(crate) templates: Arc<Templates>,
}

impl Rules {
    /// A history's policy, as it is first or once it is edited.
    fn of(&self, story: &Story, is_edited: bool) -> Arc<Policy> {
        let text = story.scheme.text(&self.text, is_edited);
        let policy = Policy::parse(&text);
        Arc::new(policy.unwrap_or_else(|why| panic!("{why}\n{text}")))
    }
}

/// One try of the tool to tell something: which copy of which event, and after how many failures.
#[derive(Clone, Copy)]
pub(crate) struct Sending {
    pub(crate) telling: usize,
    pub(crate) copy: usize,
    pub(crate) attempt: u32,
}

/// What comes at its time.
pub(crate) enum Coming {
    Webhook(Sending),
    Message(Message),
    Instruction(Saying),
    /// The night's errand, after so many tries.
    Night(u32),
}

/// What a function answered.
pub(crate) enum Answer {
    Webhook(u16),
    /// The messages, or the record, that failed.
    Batch(BTreeSet<String>),
    Sweep,
    /// Whether the night's errand was run.
    Night(bool),
    /// Whether it was obeyed, if the table answered.
    Instruction(Option<bool>),
}

/// What is done when a function has answered, or died.
pub(crate) enum After {
    Webhook(Sending),
    Messages(Vec<Message>),
    Records { lane: String },
    Sweep,
    Night { tries: u32 },
    Instruction(Saying),
}

/// One invocation of a function.
pub(crate) struct Task {
    pub(crate) name: String,
    /// No other has it.
    pub(crate) serial: u64,
    pub(crate) polls: u32,
    pub(crate) calls: u32,
    /// What it was asked to do, where that is a batch of messages.
    pub(crate) bodies: String,
    pub(crate) future: Pin<Box<dyn Future<Output = Answer>>>,
    pub(crate) after: After,
}

/// Records of one partition, which come in order, one batch at a time.
#[derive(Default)]
pub(crate) struct Lane {
    pub(crate) waiting: VecDeque<StreamRecord>,
    pub(crate) taken: usize,
    pub(crate) ready_at: Timestamp,
    pub(crate) attempts: u32,
}

/// Who is calling, for the faults to strike.
#[derive(Default)]
pub(crate) struct Caller {
    pub(crate) task: String,
    pub(crate) serial: u64,
    pub(crate) calls: u32,
    pub(crate) tick: u64,
    /// Nobody else is about to send a mail.
    pub(crate) is_alone: bool,
}

pub(crate) struct Engine<'a> {
    pub(crate) story: &'a Story,
    pub(crate) dice: Dice,
    pub(crate) aws: Aws,
    pub(crate) clock: Clock,
    pub(crate) onlooker: Ledger,
    pub(crate) functions: Rc<Functions>,
    pub(crate) edited: Option<Rc<Functions>>,
    pub(crate) skew: Arc<AtomicI64>,
    pub(crate) caller: Arc<Mutex<Caller>>,
    pub(crate) schedules_changed: Arc<AtomicBool>,
    pub(crate) fires: Vec<(Timestamp, String)>,
    pub(crate) coming: BTreeMap<(Timestamp, u64), Coming>,
    pub(crate) came: u64,
    pub(crate) bodies: BTreeMap<String, u32>,
    /// Who waits to say something at a bad moment.
    pub(crate) lurking: Vec<Saying>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) started: u64,
    pub(crate) tool: Tool,
    pub(crate) lanes: BTreeMap<String, Lane>,
    pub(crate) seen: u64,
    pub(crate) mailed: usize,
    pub(crate) next_sweep: Timestamp,
    pub(crate) next_night: Timestamp,
    /// Some histories are calm, some are stormy.
    pub(crate) intensity: u64,
    pub(crate) history: History,
}

impl<'a> Engine<'a> {
    pub(crate) async fn start(story: &'a Story, dice: Dice, rules: &Rules) -> Self {
        let clock = Clock::new(story.starts_at);
        let aws = Aws::start(clock.clone());
        let policy = rules.of(story, false);
        for sender in policy.senders.values() {
            aws.verify_sender(sender.email.as_str());
        }
        let config = aws.sdk_config(RetryConfig::disabled());
        let ssm = aws_sdk_ssm::Client::new(&config);
        put_parameter(&ssm, stack::SECRET_PREFIX, SECRET).await;
        if story.has_key {
            put_parameter(&ssm, stack::KEY_PREFIX, tool::KEY).await;
        }
        let intensity = *dice.one_of("intensity", &[0, 2, 8, 20]);
        let (caller, history) = (Arc::default(), History::default());
        let tool = Tool::new(story, &dice, &clock, &caller, &history.log, intensity);
        let skew = Arc::new(AtomicI64::new(0));
        let skewed = {
            let (clock, skew) = (clock.clone(), Arc::clone(&skew));
            runtime::Clock::new(move || {
                clock.now() + SignedDuration::from_millis(skew.load(Ordering::Relaxed))
            })
        };
        let mut wiring = Wiring {
            config,
            policy,
            policy_dir: std::path::PathBuf::new(),
            templates: Arc::clone(&rules.templates),
            redirect_all_to: runtime::RedirectAllTo::Live,
            delivery_window: DELIVERY_WINDOW,
            tools: Some(tool.connector()),
            clock: skewed.clone(),
            wall_clock: skewed,
        };
        let functions = Rc::new(Functions::wire(&wiring));
        let edited = story.policy_changes_at.map(|_| {
            wiring.policy = rules.of(story, true);
            Rc::new(Functions::wire(&wiring))
        });
        let mut engine = Self {
            onlooker: Ledger::new(
                aws_sdk_dynamodb::Client::new(&aws.onlookers_config()),
                stack::TABLE,
            ),
            aws,
            clock,
            functions,
            edited,
            skew,
            caller,
            schedules_changed: Arc::default(),
            fires: Vec::new(),
            coming: BTreeMap::new(),
            came: 0,
            bodies: BTreeMap::new(),
            lurking: Vec::new(),
            tasks: Vec::new(),
            started: 0,
            tool,
            lanes: BTreeMap::new(),
            seen: 0,
            mailed: 0,
            next_sweep: story.starts_at,
            next_night: night_after(story.starts_at),
            intensity,
            history,
            story,
            dice,
        };
        // Some accounts may send next to nothing; in the calm, all may.
        let quota = *engine.dice.one_of("quota", &[50_000, 50_000, 50_000, 4]);
        engine.aws.set_sending_limits(quota, 1e9);
        engine.make_faults();
        engine.put_instructions();
        for (telling, sent) in story.sent().enumerate() {
            for (copy, at) in sent.iter().enumerate() {
                let sending = Sending {
                    telling,
                    copy,
                    attempt: 0,
                };
                engine.put(*at, Coming::Webhook(sending));
            }
        }
        engine
    }

    /// Runs the story to its end.
    pub(crate) async fn run(mut self) -> History {
        self.run_until(self.story.calm_from);
        self.aws.set_sending_limits(50_000, 1e9);
        self.history
            .log
            .write(self.clock.now(), "-- nothing goes wrong any more");
        self.run_until(self.story.calm_from + HOUR * 48);
        self.take_picture().await;
        self.run_until(self.story.ends_at);
        self.take_picture().await;
        self.history.bus = self.aws.bus_events();
        self.history.asked = self.tool.said();
        let invoices = self.story.invoices.iter();
        let is_gone = |id: &&String| self.tool.has_lost(id, self.story.ends_at);
        self.history.forgotten = invoices.filter(is_gone).cloned().collect();
        self.history
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.clock.now() >= self.story.calm_from
    }

    /// Trouble, until the calm.
    pub(crate) fn strikes(&self, name: &str, of_ten_thousand: u64) -> bool {
        !self.is_calm() && self.dice.strikes(name, of_ten_thousand)
    }

    pub(crate) fn put(&mut self, at: Timestamp, coming: Coming) {
        self.came += 1;
        self.coming.insert((at, self.came), coming);
    }

    /// A message of a body; named after it, so that its name does not depend on what else was sent.
    pub(crate) fn put_message(&mut self, at: Timestamp, queue: Queue, body: String) {
        let count = self.bodies.entry(body.clone()).or_default();
        *count += 1;
        let kind = match queue {
            Queue::MailEvents => "mail event",
            Queue::Repair => "repair",
            Queue::Errands => "errands",
            _ => "knock",
        };
        let digest = fingerprint(&body);
        let id = format!("{kind} {digest:016x}-{count}");
        self.put(
            at,
            Coming::Message(Message {
                queue,
                id,
                body,
                receives: 0,
            }),
        );
    }

    fn run_until(&mut self, end: Timestamp) {
        loop {
            self.start_what_is_due();
            if self.tasks.is_empty() {
                match self.next_at().filter(|next| *next <= end) {
                    Some(next) => self.clock.set(next.max(self.clock.now())),
                    None => break,
                }
            } else {
                self.turn();
            }
        }
        self.clock.set(end.max(self.clock.now()));
    }

    fn next_at(&self) -> Option<Timestamp> {
        let coming = self.coming.first_key_value().map(|((at, _), _)| *at);
        let fires = self.fires.first().map(|(at, _)| *at);
        let lanes = self
            .lanes
            .values()
            .filter(|lane| !lane.waiting.is_empty())
            .map(|lane| lane.ready_at)
            .min();
        let night = self.story.has_key.then_some(self.next_night);
        [Some(self.next_sweep), night, coming, fires, lanes]
            .into_iter()
            .flatten()
            .min()
    }

    /// Polls one function, or kills it.
    fn turn(&mut self) {
        let next = (0..self.tasks.len()).min_by_key(|index| {
            let task = &self.tasks[*index];
            self.dice.below((&task.name, "turn", task.polls), u64::MAX)
        });
        let index = next.expect("there is a task");
        self.history.tick += 1;
        let now = self.clock.now()
            + self.dice.span(
                (&self.tasks[index].name, "takes", self.tasks[index].polls),
                SignedDuration::from_millis(40),
            );
        self.clock.set(now);
        let killed = format!(
            "{} is killed at {}",
            self.tasks[index].name, self.tasks[index].polls
        );
        if self.strikes(&killed, 15 * self.intensity) {
            self.history.log.write(now, killed);
            let task = self.tasks.swap_remove(index);
            drop(task.future);
            self.observe();
            self.ended(&task.name, task.after, None);
            return;
        }
        let answer = self.poll(index);
        self.observe();
        if let Poll::Ready(answer) = answer {
            let task = self.tasks.swap_remove(index);
            self.ended(&task.name, task.after, Some(answer));
        } else if self.tasks[index].name.starts_with("remind") {
            self.speak_across(index);
        }
    }

    fn poll(&mut self, index: usize) -> Poll<Answer> {
        let others = self.tasks.iter().enumerate();
        let mut others = others.filter(|(other, _)| *other != index);
        let is_alone = !others.any(|(_, task)| task.name.starts_with("remind"));
        let task = &mut self.tasks[index];
        task.polls += 1;
        let skew =
            i64::try_from(self.dice.below((&task.name, "clock"), 4_000)).expect("small") - 2_000;
        self.skew.store(
            if self.dice.is_heard("clocks apart") {
                skew
            } else {
                0
            },
            Ordering::Relaxed,
        );
        {
            let mut caller = self.caller.lock().expect("no call panics");
            caller.task.clone_from(&task.name);
            caller.serial = task.serial;
            caller.calls = task.calls;
            caller.tick = self.history.tick;
            caller.is_alone = is_alone;
        }
        self.history.by = task.serial;
        let answer = task
            .future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        task.calls = self.caller.lock().expect("no call panics").calls;
        answer
    }

    /// A function answered; or died, which is no answer.
    fn ended(&mut self, name: &str, after: After, answer: Option<Answer>) {
        let now = self.clock.now();
        match (after, answer) {
            (After::Webhook(sending), Some(Answer::Webhook(200))) => {
                let first = (self.history.tick, now);
                self.history
                    .acknowledged
                    .entry(sending.telling)
                    .or_insert(first);
            }
            (After::Webhook(sending), answer) => {
                let status = match answer {
                    Some(Answer::Webhook(status)) => status,
                    _ => 500,
                };
                self.history
                    .log
                    .write(now, format!("{name}: answered {status}, comes again"));
                let pause =
                    [5, 20, 60, 180, 360][usize::try_from(sending.attempt.min(4)).expect("small")];
                self.put(
                    now + SignedDuration::from_mins(pause),
                    Coming::Webhook(Sending {
                        attempt: sending.attempt + 1,
                        ..sending
                    }),
                );
            }
            (After::Messages(batch), Some(Answer::Batch(failed))) => {
                for message in batch {
                    if failed.contains(&message.id) {
                        self.put_back(message);
                    } else if message.queue == Queue::MailEvents {
                        self.heard(&message.body);
                    }
                }
            }
            (After::Messages(batch), _) => {
                for message in batch {
                    self.put_back(message);
                }
            }
            (After::Records { lane }, answer) => {
                let lane = self.lanes.get_mut(&lane).expect("lanes stay");
                let taken = match answer {
                    Some(Answer::Batch(failed)) => lane
                        .waiting
                        .iter()
                        .take(lane.taken)
                        .position(|record| failed.contains(record.sequence_number()))
                        .unwrap_or(lane.taken),
                    _ => 0,
                };
                lane.attempts = if taken == 0 { lane.attempts + 1 } else { 0 };
                lane.ready_at = now + SignedDuration::from_secs(i64::from(lane.attempts.min(60)));
                lane.waiting.drain(..taken);
                lane.taken = 0;
            }
            (After::Sweep, _) | (After::Night { .. }, Some(Answer::Night(true))) => {}
            (After::Night { tries }, _) => {
                if tries < NIGHTS_TRIES {
                    self.put(now + SignedDuration::from_mins(1), Coming::Night(tries));
                }
            }
            (After::Instruction(saying), Some(Answer::Instruction(obeyed))) => {
                self.instruction_ended(saying, obeyed);
            }
            (After::Instruction(saying), _) => self.instruction_ended(saying, None),
        }
    }

    /// The message was not taken in: it comes again, or not at all.
    fn put_back(&mut self, mut message: Message) {
        message.receives += 1;
        let delivery = message.queue.delivery().expect("it was delivered");
        let now = self.clock.now();
        if message.receives >= delivery.most_receives {
            self.history
                .log
                .write(now, format!("{} goes to the dead letters", message.id));
        } else {
            self.history
                .log
                .write(now, format!("{} comes again", message.id));
            self.put(now + delivery.visibility, Coming::Message(message));
        }
    }
}
