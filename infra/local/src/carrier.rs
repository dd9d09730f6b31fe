//! What AWS does between the functions: hands them stream records and messages, and takes back
//! those that failed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::events::Message;
use aws::stack::Queue;
use aws::{Aws, QueuedMessage, StreamRecord};

/// A stream record that failed comes again after this time.
const STREAM_RETRY: SignedDuration = SignedDuration::from_secs(1);
/// Lambda takes this many records at once.
const BATCH: usize = 100;

/// All that is on its way between the functions.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    /// By the instant at which they can be seen, then in the order in which they came.
    messages: BTreeMap<(Timestamp, u64), Message>,
    came: u64,
    /// The last stream record that was taken in.
    stream_position: u64,
    stream_waits_until: Option<Timestamp>,
    /// What nobody could take in.
    pub(crate) dead_letters: Vec<(Queue, String)>,
}

impl Carrier {
    pub(crate) fn put(&mut self, queue: Queue, id: String, body: String, at: Timestamp) {
        self.insert(
            Message {
                queue,
                id,
                body,
                receives: 0,
            },
            at,
        );
    }

    fn insert(&mut self, message: Message, at: Timestamp) {
        self.came += 1;
        self.messages.insert((at, self.came), message);
    }

    /// Takes what the functions sent since the last time.
    pub(crate) fn collect(&mut self, aws: &Aws) {
        for QueuedMessage {
            message_id,
            queue,
            body,
            at,
            delay,
        } in aws.take_messages()
        {
            match queue.delivery() {
                Some(delivery) => self.put(queue, message_id, body, at + delay.max(delivery.delay)),
                None => self.dead_letters.push((queue, body)),
            }
        }
    }

    /// The next message that can be seen by now.
    pub(crate) fn next_message(&mut self, now: Timestamp) -> Option<Message> {
        let entry = self
            .messages
            .first_entry()
            .filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// The message was not taken in: it comes again, or not at all.
    pub(crate) fn put_back(&mut self, mut message: Message, now: Timestamp) {
        message.receives += 1;
        let Some(delivery) = message.queue.delivery() else {
            return;
        };
        if message.receives >= delivery.most_receives {
            self.dead_letters
                .push((delivery.dead_letters, message.body));
        } else {
            self.insert(message, now + delivery.visibility);
        }
    }

    /// The next batch of stream records that `schedule` is to see, as Lambda would hand it over.
    pub(crate) fn next_records(&mut self, aws: &Aws, now: Timestamp) -> Vec<StreamRecord> {
        if self.stream_waits_until.is_some_and(|until| now < until) {
            return Vec::new();
        }
        let mut records = aws.stream_records_after(self.stream_position);
        // As `infra/template.yaml` has it.
        let of_a_file = |record: &StreamRecord| {
            let prefixes = ["FILE", "SIGNAL#"];
            prefixes
                .iter()
                .any(|prefix| record.sort_key().starts_with(prefix))
        };
        if let Some(last) = records.last().filter(|_| !records.iter().any(of_a_file)) {
            self.stream_position = last.sequence;
        }
        records.retain(of_a_file);
        records.truncate(BATCH);
        records
    }

    /// What is in the stream is gone.
    pub(crate) fn lose_records(&mut self, aws: &Aws) {
        let records = aws.stream_records_after(self.stream_position);
        self.stream_position = records
            .last()
            .map_or(self.stream_position, |last| last.sequence);
        self.stream_waits_until = None;
    }

    /// A batch was taken in up to, and without, the record of this sequence number.
    pub(crate) fn took(&mut self, records: &[StreamRecord], failed: Option<&str>, now: Timestamp) {
        let taken = records
            .iter()
            .take_while(|record| Some(record.sequence_number()) != failed);
        if let Some(last) = taken.last() {
            self.stream_position = last.sequence;
        }
        self.stream_waits_until = failed.map(|_| now + STREAM_RETRY);
    }

    /// When something will be there to be carried.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        let message = self.messages.first_key_value().map(|((at, _), _)| *at);
        [message, self.stream_waits_until]
            .into_iter()
            .flatten()
            .min()
    }
}
