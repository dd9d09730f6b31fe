//! The team's own mails, under claim like any other.

use std::collections::BTreeMap;

use dunning::file::{Attempt, TeamFile};
use dunning::journal::{NoticeKind, Reader};
use dunning::policy::Sender;
use dunning::rules::{Copies, Matter, TeamMail, decide_team, notices_since, readers};
use dunning::value::{EmailAddress, FileKey};
use ledger::{AsRead, LedgerError, Stored};
use mail::{Mail, MatterLine, NoticeLine, SendError, TeamLetter, Turn};
use runtime::{Metric, count};

use crate::command::command;
use crate::{Remind, RemindError};

impl Remind {
    /// One mail for each who has something to hear.
    pub(crate) async fn tell_team(&self) -> Result<(), RemindError> {
        let mut told = Ok(());
        for reader in readers(&self.policy) {
            // What fails for one is no reason not to tell the other.
            told = told.and(self.tell_one(reader).await);
        }
        told
    }

    async fn tell_one(&self, reader: Reader) -> Result<(), RemindError> {
        let ctx = self.context();
        let (read, team) = match self.ledger.team().await? {
            Some(Stored { value, read }) => (Some(read), value),
            None => (None, TeamFile::default()),
        };
        let heard = self.ledger.notices(notices_since(ctx, &team)).await?;
        let version = read.as_ref().map_or(0, AsRead::version);
        let window = self.delivery_window;
        let decided = decide_team(ctx, reader, &team, version, &heard, window);
        let Some((claimed, news)) = decided else {
            return Ok(());
        };
        let mail = self.render_news(&news).inspect_err(|_| self.ring())?;
        let claims = claimed.claims();
        let attempt = claims
            .filter(|claim| claim.id == news.claim)
            .map(|claim| claim.attempt);
        let attempt = attempt.last().unwrap_or(Attempt::First);
        if self.mailer.turn(ctx.now, attempt).await != Turn::Now {
            return Ok(());
        }
        let read = match self.ledger.put_team(read.as_ref(), &claimed).await {
            Ok(read) => read,
            // Another knock was quicker, and tells the same.
            Err(LedgerError::LostRace) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let claim = news.claim.as_str();
        let concluded = match self.mailer.send(self.redirected(mail)).await {
            Ok(message_id) => {
                tracing::info!(claim, message_id, "team told");
                claimed.clone().heard_of(&news.claim).unwrap_or(claimed)
            }
            Err(SendError::Refused { code, .. }) => {
                tracing::error!(claim, error = code, "team's mail refused by SES");
                self.ring();
                // Nothing was sent: the next knock tells it.
                team
            }
            Err(SendError::Unknown { why }) => {
                tracing::error!(claim, error = why, "nothing heard of the team's mail");
                if attempt == Attempt::Last {
                    self.ring();
                }
                return Ok(());
            }
        };
        match self.ledger.put_team(Some(&read), &concluded).await {
            // Lost: SES's event was quicker.
            Ok(_) | Err(LedgerError::LostRace) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Nobody watches over whoever watches, but an alarm.
    fn ring(&self) {
        count(Metric::TeamMailsFailed, 1, self.clock.now());
    }

    fn render_news(&self, news: &TeamMail) -> Result<Mail, RemindError> {
        let company = &self.policy.company;
        let zone = company.time_zone.get();
        let notices = news.lines.iter().map(|line| NoticeLine {
            kind: line.kind,
            count: line.count,
            matters: line
                .matters
                .iter()
                .map(|matter| self.matter(line.kind, matter))
                .collect(),
            since: line.since.to_zoned(zone.clone()).date(),
        });
        let content = TeamLetter {
            company,
            reader: news.reader,
            today: self.clock.now().to_zoned(zone.clone()).date(),
            notices: notices.collect(),
        };
        let to = match news.reader {
            Reader::Finance => &company.team,
            Reader::Engineer => company.engineer.as_ref().unwrap_or(&company.team),
        };
        // In the voice of the first step, the friendliest.
        let first = self.policy.mails().next();
        let from = first
            .and_then(|(_, mail)| self.policy.senders.get(&mail.sender))
            .map(|sender| sender.in_language(&company.language));
        Ok(Mail {
            from: from.unwrap_or_else(|| Sender {
                name: company.name.clone(),
                names: BTreeMap::new(),
                email: company.team.clone(),
                reply_to: None,
                account_manager: false,
            }),
            to: to.clone(),
            copies: Copies {
                cc: self.deputy(news).into_iter().collect(),
                bcc: Vec::new(),
            },
            rendered: self.templates.render_team(&content)?,
            attachments: Vec::new(),
            follows: Vec::new(),
            file: FileKey::Team,
            claim: news.claim.clone(),
        })
    }

    /// Who reads along where somebody must decide, and nobody has for days.
    fn deputy(&self, news: &TeamMail) -> Option<EmailAddress> {
        let company = &self.policy.company;
        let deputy = company.deputy.as_ref().filter(|it| **it != company.team)?;
        let mut kinds = news.lines.iter().map(|line| line.kind);
        let waits = kinds.any(|kind| kind == NoticeKind::ApprovalOverdue);
        waits.then(|| deputy.clone())
    }

    fn matter<'a>(&self, kind: NoticeKind, matter: &'a Matter) -> MatterLine<'a> {
        let Matter {
            subject,
            about,
            since,
        } = matter;
        let zone = self.policy.company.time_zone.get().clone();
        let debtor = about.debtor.as_ref().map(|debtor| debtor.customer.as_str());
        MatterLine {
            subject,
            debtor: debtor.map(|id| (about.name.as_deref().unwrap_or(id), id)),
            amount: about.amount,
            since: since.to_zoned(zone).date(),
            command: command(kind, about, &self.secret_prefix),
        }
    }
}
