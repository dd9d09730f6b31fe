//! What anybody could see: what each turn changed, and how things stand.

use aws::stack::Queue;
use jiff::SignedDuration;
use local::debtors;
use local::events::{ses_events, stream_event};

use crate::engine::Engine;
use crate::history::{Mailed, Picture};
use crate::story::HOUR;

/// What `schedule` follows of the table's stream.
fn is_followed(sort_key: &str) -> bool {
    sort_key.starts_with("FILE") || sort_key.starts_with("SIGNAL#")
}

impl Engine<'_> {
    /// What the last turn changed, as anybody could see it.
    pub(crate) fn observe(&mut self) {
        let now = self.clock.now();
        for record in self.aws.stream_records_after(self.seen) {
            self.seen = record.sequence;
            let partition = record.event["dynamodb"]["Keys"]["PK"]["S"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            if is_followed(record.sort_key()) {
                let delay = self.dice.span(
                    (&partition, record.sequence_number(), "stream"),
                    SignedDuration::from_secs(1),
                );
                let lane = self.lanes.entry(partition).or_default();
                if lane.waiting.is_empty() {
                    lane.ready_at = now + delay;
                }
                lane.waiting.push_back(record);
            } else if record.sort_key().starts_with("COMPARISON#") {
                let image = |name: &str| &record.event["dynamodb"][name]["value"]["M"];
                let is_done = |name: &str| image(name)["done_at"]["S"].is_string();
                self.history.compared += usize::from(is_done("NewImage") && !is_done("OldImage"));
            } else if ledger::keys::is_journal(record.sort_key()) {
                let event = stream_event(std::slice::from_ref(&record));
                let image = event.records[0].change.new_image.clone();
                let entry =
                    ledger::journal_image(image).expect("a journal is read as it was written");
                for line in entry.lines {
                    self.history.journaled(now, &partition, line);
                }
            }
        }
        for message in self.aws.take_messages() {
            if let Some(delivery) = message.queue.delivery() {
                let at = message.at + message.delay.max(delivery.delay);
                self.put_message(at, message.queue, message.body);
            }
        }
        for sent in self.aws.outbox_after(self.mailed) {
            self.mailed += 1;
            let claim = sent
                .tag(mail::CLAIM_TAG)
                .filter(|_| sent.to.iter().all(|to| to != "billing@example.com"))
                .map(str::to_owned);
            self.history.log.write(
                now,
                format!("    MAIL to {}: {}", sent.to.join(","), sent.subject),
            );
            let mut mutes = self.history.mutes.iter();
            let is_heard = self.is_calm() || !mutes.any(|mute| mute.contains(&now));
            let events = ses_events(&sent).into_iter().filter(|_| is_heard);
            for (n, (event, delay)) in events.enumerate() {
                let name = format!(
                    "mail event {n} of {}",
                    claim.as_deref().unwrap_or("the team's")
                );
                let mut at = now + SignedDuration::from_secs(delay);
                if self.strikes(&format!("{name} is late"), 500) {
                    at += self.dice.span((&name, "late"), HOUR * 3);
                }
                if self.strikes(&format!("{name} comes twice"), 300) {
                    self.put_message(
                        at + self.dice.span((&name, "twice"), HOUR * 30),
                        Queue::MailEvents,
                        event.clone(),
                    );
                }
                if !self.strikes(&format!("{name} is lost"), 300) {
                    self.put_message(at, Queue::MailEvents, event);
                }
            }
            self.history.mails.push(Mailed {
                tick: self.history.tick,
                at: sent.at,
                to: sent.to.join(","),
                text: sent.text.unwrap_or_default(),
                claim,
            });
        }
    }

    pub(crate) fn heard(&mut self, event: &str) {
        let event: serde_json::Value = serde_json::from_str(event).expect("it is JSON");
        let claim = event["detail"]["mail"]["tags"][mail::CLAIM_TAG][0]
            .as_str()
            .unwrap_or_default();
        let kind = event["detail"]["eventType"].as_str().unwrap_or_default();
        self.history
            .news
            .entry(claim.to_owned())
            .or_default()
            .push((self.history.tick, kind.to_owned()));
    }

    pub(crate) async fn take_picture(&mut self) {
        let mut picture = Picture {
            at: self.clock.now(),
            schedules: self.aws.schedules(),
            files: Vec::new(),
        };
        for debtor in debtors(&self.aws) {
            let closed = self.onlooker.closed(&debtor).await.expect("it is readable");
            if let Some(stored) = self.onlooker.file(&debtor).await.expect("it is readable") {
                picture
                    .files
                    .push((debtor.to_string(), stored.file, closed));
            }
        }
        self.history.pictures.push(picture);
    }
}
