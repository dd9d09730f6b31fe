//! What AWS does by itself: it starts a function when something has come for it.

use std::future::Future;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use aws::StreamRecord;
use aws::stack::{self, Queue};
use jiff::{SignedDuration, Timestamp};
use local::Functions;
use local::events::{Message, sqs_event, stream_event, webhook};
use sources::{Request, Secrets, Tool};

use crate::engine::{After, Answer, Coming, Engine, SECRET, Sending, Task, night_after};
use crate::story::{DAY, HOUR};

const STREAM_BATCH: usize = 100;
/// No call of the tool is begun so shortly before the deadline.
const ASK_SPARE: SignedDuration = SignedDuration::from_secs(45);

impl Engine<'_> {
    pub(crate) fn start_what_is_due(&mut self) {
        let now = self.clock.now();
        if self.schedules_changed.swap(false, Ordering::Relaxed) {
            self.look_at_schedules();
        }
        while self.fires.first().is_some_and(|(at, _)| *at <= now) {
            let (_, name) = self.fires.remove(0);
            self.fire(&name);
        }
        while let Some(entry) = self
            .coming
            .first_entry()
            .filter(|entry| entry.key().0 <= now)
        {
            match entry.remove() {
                Coming::Webhook(sending) => self.start_webhook(sending),
                Coming::Message(message) => self.start_messages(message),
                Coming::Instruction(saying) => self.hear_instruction(saying),
                Coming::Night(tries) => self.start_night(tries),
            }
        }
        let ready: Vec<String> = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.taken == 0 && !lane.waiting.is_empty() && lane.ready_at <= now)
            .map(|(name, _)| name.clone())
            .collect();
        for lane in ready {
            self.start_records(lane);
        }
        if self.next_sweep <= now {
            self.start_sweep();
        }
        if self.story.has_key && self.next_night <= now {
            self.next_night = night_after(now);
            // One night is like the other, and most of the time would go into them. In the calm, two are enough.
            let days = [self.story.calm_from, self.story.ends_at - DAY * 2];
            let matters = |from: Timestamp| (from..from + DAY * 2).contains(&now);
            let comes = self.dice.happens(format!("night {now:.0} comes"), 400);
            if days.into_iter().any(matters) || (comes && !self.is_calm()) {
                self.start_night(0);
            }
        }
    }

    /// The errand that each night brings by itself.
    fn start_night(&mut self, tries: u32) {
        let now = self.clock.now();
        let name = format!("ask night {now:.0} try {tries}");
        self.history.log.write(now, name.clone());
        let functions = self.deployed();
        let answer = async move {
            let errand = serde_json::json!({ "errand": "compare_all" });
            Answer::Night(functions.ask.answer(errand, Timestamp::MAX).await.is_ok())
        };
        self.invoke(name, answer, After::Night { tries: tries + 1 });
    }

    /// Functions as they are deployed now.
    pub(crate) fn deployed(&self) -> Rc<Functions> {
        let edited = self
            .story
            .policy_changes_at
            .is_some_and(|at| at <= self.clock.now());
        let functions = self
            .edited
            .as_ref()
            .filter(|_| edited)
            .unwrap_or(&self.functions);
        Rc::clone(functions)
    }

    pub(crate) fn invoke(
        &mut self,
        name: String,
        future: impl Future<Output = Answer> + 'static,
        after: After,
    ) {
        self.started += 1;
        self.tasks.push(Task {
            name,
            serial: self.started,
            polls: 0,
            calls: 0,
            bodies: String::new(),
            future: Box::pin(future),
            after,
        });
    }

    fn start_webhook(&mut self, sending: Sending) {
        let Sending {
            telling,
            copy,
            attempt,
        } = sending;
        let (id, kind, body) = self.story.event(telling);
        let name = format!("ingest {id} copy {copy} attempt {attempt}");
        let secrets = Secrets::parse(SECRET).expect("a secret");
        let tool = Tool::builtin("stripe").expect("it is built in");
        let headers = tool
            .sign(&secrets, None, self.clock.now(), Request::new(&[], &body))
            .expect("Stripe takes any secret");
        let request = webhook("stripe", &headers.pairs(), &body);
        self.history
            .begun
            .entry(telling)
            .or_insert(self.history.tick);
        self.history
            .log
            .write(self.clock.now(), format!("{name}: {kind}"));
        let functions = self.deployed();
        let answer = async move {
            Answer::Webhook(
                u16::try_from(functions.ingest.handle(request).await.status_code).unwrap_or(500),
            )
        };
        self.invoke(name, answer, After::Webhook(sending));
    }

    /// A batch: this message, and those of its queue that happen to be there with it.
    fn start_messages(&mut self, first: Message) {
        let now = self.clock.now();
        let queue = first.queue;
        let mut batch = vec![first];
        let others: Vec<(Timestamp, u64)> = self
            .coming
            .range(..=(now, u64::MAX))
            .filter(
                |(_, coming)| matches!(coming, Coming::Message(message) if message.queue == queue),
            )
            .map(|(key, _)| *key)
            .take(4)
            .collect();
        for key in others {
            if let Some(Coming::Message(message)) = self.coming.remove(&key) {
                batch.push(message);
            }
        }
        for message in &batch {
            // SQS may deliver a message again although it was deleted.
            let again = format!("{} again after {}", message.id, message.receives);
            if self.strikes(&again, 200) {
                let at = now
                    + self
                        .dice
                        .span((&again, "at"), SignedDuration::from_mins(10));
                let receives = message.receives + 1;
                let copy = Message {
                    receives,
                    ..message.clone()
                };
                self.put(at, Coming::Message(copy));
            }
        }
        let function = match queue {
            Queue::MailEvents => "track",
            Queue::Repair => "plan",
            Queue::Errands => "ask",
            _ => "remind",
        };
        let name = format!("{function} {} receive {}", batch[0].id, batch[0].receives);
        let what: Vec<&str> = batch.iter().map(|message| message.id.as_str()).collect();
        self.history
            .log
            .write(now, format!("{name}: {}", what.join(", ")));
        // Some comparisons are cut short, and go on where they stopped.
        let cut_short =
            queue == Queue::Errands && self.strikes(&format!("{name} has no time"), 1_500);
        let deadline = if cut_short {
            let left = self
                .dice
                .span((&name, "left"), SignedDuration::from_secs(1));
            now + ASK_SPARE + left
        } else {
            Timestamp::MAX
        };
        let (event, functions) = (sqs_event(&batch), self.deployed());
        let answer = async move {
            let response = match queue {
                Queue::MailEvents => functions.track.handle(event).await,
                Queue::Repair => {
                    functions
                        .schedule
                        .repair_records(event, Timestamp::MAX)
                        .await
                }
                Queue::Errands => functions.ask.handle(event, deadline).await,
                _ => functions.remind.handle(event).await,
            };
            let failed = response
                .batch_item_failures
                .into_iter()
                .map(|failure| failure.item_identifier);
            Answer::Batch(failed.collect())
        };
        let bodies: Vec<&str> = batch.iter().map(|message| message.body.as_str()).collect();
        let bodies = bodies.join(" ");
        self.invoke(name, answer, After::Messages(batch));
        self.tasks.last_mut().expect("it was just started").bodies = bodies;
    }

    fn start_records(&mut self, name: String) {
        let functions = self.deployed();
        let lane = self.lanes.get_mut(&name).expect("it is ready");
        lane.taken = lane.waiting.len().min(STREAM_BATCH);
        let records: Vec<StreamRecord> = lane.waiting.iter().take(lane.taken).cloned().collect();
        let task = format!(
            "plan {name} {} attempt {}",
            records[0].sequence_number().trim_start_matches('0'),
            lane.attempts
        );
        let event = stream_event(&records);
        let answer = async move {
            let response = functions
                .schedule
                .mirror_records(event, Timestamp::MAX)
                .await;
            let failed = response
                .batch_item_failures
                .into_iter()
                .filter_map(|failure| failure.item_identifier);
            Answer::Batch(failed.collect())
        };
        self.history
            .log
            .write(self.clock.now(), format!("{task}: {} records", lane.taken));
        self.invoke(task, answer, After::Records { lane: name });
    }

    /// Each hour, and for the team once a day; but one that would find nothing is left out, or most of
    /// the time would go into them.
    fn start_sweep(&mut self) {
        let now = self.clock.now();
        self.next_sweep = now + HOUR;
        let (until, since) = (
            ledger::keys::sortable(now),
            ledger::keys::notices_until(now - HOUR * 30),
        );
        let tells_team = now.as_second().rem_euclid(86_400) / 3600 == 9;
        let finds_something = self.aws.any_key(|_, sk, next| {
            next.is_some_and(|next| next <= until.as_str())
                || tells_team && ledger::keys::is_notice(sk) && sk > since.as_str()
        });
        let name = format!("sweep {now:.0}");
        if !finds_something || self.strikes(&format!("{name} never starts"), 500) {
            return;
        }
        self.history.log.write(now, name.clone());
        let functions = self.deployed();
        let answer = async move {
            let _: Result<_, _> = functions.sweep.handle(Timestamp::MAX).await;
            Answer::Sweep
        };
        self.invoke(name, answer, After::Sweep);
    }

    /// When each schedule fires: somewhere in its window, sometimes far too late, sometimes never.
    fn look_at_schedules(&mut self) {
        let fires = self.aws.schedules().into_iter().map(|schedule| {
            let name = format!("{} {:.0}", schedule.name, schedule.at);
            let window = SignedDuration::from_mins(
                i64::try_from(schedule.flexible_minutes).unwrap_or_default(),
            );
            let mut at = schedule.at + self.dice.span((&name, "window"), window);
            if self.strikes(&format!("schedule {name} is late"), 400) {
                at += self.dice.span((&name, "late"), HOUR * 12);
            }
            (at, schedule.name)
        });
        self.fires = fires.collect();
        self.fires.sort();
    }

    fn fire(&mut self, name: &str) {
        let Some(fired) = self.aws.fire(stack::SCHEDULE_GROUP, name) else {
            return;
        };
        let now = self.clock.now();
        let which = format!("schedule {name} {:.0}", fired.at);
        self.history.log.write(now, format!("{which} fires"));
        if self.strikes(&format!("{which} is lost"), 300) {
            return;
        }
        if self.strikes(&format!("{which} knocks twice"), 300) {
            let again = now + self.dice.span((&which, "twice"), HOUR);
            self.put_message(again, Queue::Knocks, fired.input.clone());
        }
        self.put_message(now, Queue::Knocks, fired.input);
    }
}
