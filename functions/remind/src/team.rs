//! The team's own mail, under claim like any other.

use dunning::policy::Sender;
use dunning::team::{Digest, TeamFile, decide_team, notices_since};
use ledger::LedgerError;
use mail::{Mail, NoticeLine, SendError, TeamDigest, Turn};
use timetable::Door;

use crate::{Remind, RemindError};

impl Remind {
    pub(crate) async fn tell_team(&self) -> Result<(), RemindError> {
        let now = self.clock.now();
        let stored = self.ledger.team().await?;
        let (read, team) = match stored {
            Some(stored) => (Some(stored.version), stored.value),
            None => (None, TeamFile::default()),
        };
        let heard = self
            .ledger
            .notices(notices_since(&team, &self.policy, now))
            .await?;
        let version = read.unwrap_or_default();
        let Some((claimed, digest)) = decide_team(
            &team,
            version,
            &heard,
            &self.policy,
            now,
            self.settle_window,
        ) else {
            return Ok(());
        };
        let mail = self.render_digest(&digest)?;
        if self.mailer.turn(now).await == Turn::QuotaSpent {
            return Ok(());
        }
        match self.ledger.put_team(read, &claimed).await {
            Ok(()) => {}
            // Another knock was quicker, and tells the same.
            Err(LedgerError::LostRace) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        match self.mailer.send(mail).await {
            Ok(message_id) => {
                tracing::info!(claim = digest.claim.as_str(), message_id, "team told");
                self.settle_team(
                    version + 1,
                    TeamFile {
                        claim: None,
                        ..claimed
                    },
                )
                .await
            }
            Err(SendError::Refused { code, .. }) => {
                tracing::error!(code, "team's mail refused by SES");
                // Nothing was sent: the next knock tells it.
                self.settle_team(version + 1, team).await
            }
            Err(SendError::Unknown { why }) => {
                tracing::error!(why, "fate of the team's mail unknown");
                Ok(())
            }
        }
    }

    async fn settle_team(&self, version: u64, team: TeamFile) -> Result<(), RemindError> {
        match self.ledger.put_team(Some(version), &team).await {
            // SES's event was quicker.
            Ok(()) | Err(LedgerError::LostRace) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn render_digest(&self, digest: &Digest) -> Result<Mail, RemindError> {
        let company = &self.policy.company;
        let zone = company.time_zone.get();
        let notices = digest.lines.iter().map(|line| NoticeLine {
            kind: line.kind,
            count: line.count,
            subjects: &line.subjects,
            since: line.since.to_zoned(zone.clone()).date(),
        });
        let content = TeamDigest {
            company,
            today: self.clock.now().to_zoned(zone.clone()).date(),
            notices: notices.collect(),
        };
        // In the voice of the first step, the friendliest.
        let first = self.policy.steps.first();
        let from = first
            .and_then(|step| self.policy.senders.get(&step.sender))
            .cloned();
        Ok(Mail {
            from: from.unwrap_or_else(|| Sender {
                name: company.name.clone(),
                email: company.team.clone(),
                reply_to: None,
            }),
            to: company.team.clone(),
            rendered: self.templates.render_digest(&content)?,
            door: Door::Team.to_string(),
            claim: digest.claim.clone(),
        })
    }
}
