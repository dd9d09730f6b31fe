//! The team's own mail, under claim like any other.

use dunning::file::{Attempt, TeamFile};
use dunning::policy::Sender;
use dunning::rules::{TeamMail, decide_team, notices_since};
use dunning::value::FileKey;
use ledger::{AsRead, LedgerError, Stored};
use mail::{Mail, NoticeLine, SendError, TeamLetter, Turn};

use crate::{Remind, RemindError};

impl Remind {
    pub(crate) async fn tell_team(&self) -> Result<(), RemindError> {
        let ctx = self.context();
        let (read, team) = match self.ledger.team().await? {
            Some(Stored { value, read }) => (Some(read), value),
            None => (None, TeamFile::default()),
        };
        let heard = self.ledger.notices(notices_since(ctx, &team)).await?;
        let version = read.as_ref().map_or(0, AsRead::version);
        let Some((claimed, news)) = decide_team(ctx, &team, version, &heard, self.delivery_window)
        else {
            return Ok(());
        };
        let mail = self.render_news(&news)?;
        let attempt = claimed.claim.as_ref().map(|claim| claim.attempt);
        let turn = self.mailer.turn(ctx.now, attempt.unwrap_or(Attempt::First));
        if turn.await != Turn::Now {
            return Ok(());
        }
        let read = match self.ledger.put_team(read.as_ref(), &claimed).await {
            Ok(read) => read,
            // Another knock was quicker, and tells the same.
            Err(LedgerError::LostRace) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let claim = news.claim.as_str();
        let concluded = match self.mailer.send(mail).await {
            Ok(message_id) => {
                tracing::info!(claim, message_id, "team told");
                TeamFile {
                    claim: None,
                    ..claimed
                }
            }
            Err(SendError::Refused { code, .. }) => {
                tracing::error!(claim, error = code, "team's mail refused by SES");
                // Nothing was sent: the next knock tells it.
                team
            }
            Err(SendError::Unknown { why }) => {
                tracing::error!(claim, error = why, "nothing heard of the team's mail");
                return Ok(());
            }
        };
        match self.ledger.put_team(Some(&read), &concluded).await {
            // Lost: SES's event was quicker.
            Ok(_) | Err(LedgerError::LostRace) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn render_news(&self, news: &TeamMail) -> Result<Mail, RemindError> {
        let company = &self.policy.company;
        let zone = company.time_zone.get();
        let notices = news.lines.iter().map(|line| NoticeLine {
            kind: line.kind,
            count: line.count,
            subjects: &line.subjects,
            since: line.since.to_zoned(zone.clone()).date(),
        });
        let content = TeamLetter {
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
            rendered: self.templates.render_team(&content)?,
            file: FileKey::Team,
            claim: news.claim.clone(),
        })
    }
}
