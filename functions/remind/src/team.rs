//! The team's own mails, under claim like any other.

use std::collections::BTreeMap;

use dunning::file::{Attempt, Releasable, TeamFile};
use dunning::journal::{About, NoticeKind, Reader};
use dunning::policy::Sender;
use dunning::rules::{Copies, Matter, TeamMail, decide_team, notices_since, readers};
use dunning::value::{FileKey, Mode};
use ledger::{AsRead, LedgerError, Stored};
use mail::{Mail, MatterLine, NoticeLine, SendError, TeamLetter, Turn};
use runtime::{Metric, count};

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
            copies: Copies::default(),
            rendered: self.templates.render_team(&content)?,
            attachments: Vec::new(),
            follows: Vec::new(),
            file: FileKey::Team,
            claim: news.claim.clone(),
        })
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

/// Whose key it is, the debtor says, or the notice itself.
fn of_key(about: &About, stack: &str) -> Option<String> {
    let of_debtor = about.debtor.as_ref().map(|debtor| &debtor.realm.source);
    let source = of_debtor.or(about.source.as_ref())?;
    Some(format!("relance secret set {source} --key --stack {stack}"))
}

/// What is said of a step that a person has a part in.
fn of_step(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Announced => "relance pause {id}",
        NoticeKind::CallDue => "relance done {id}",
        _ => "relance approve {id}",
    }
}

/// The command line that settles a matter, or shows what there is to settle: as it is to be typed. None of what
/// earlier versions noted, which does not say where to look.
fn command(kind: NoticeKind, about: &About, secrets: &str) -> Option<String> {
    use NoticeKind as Kind;
    // The path of the secrets is /relance/<stack>/webhooks.
    let stack = secrets.rsplit('/').nth(1)?;
    let release = |hold: Releasable| format!("relance release {{id}} --hold {}", hold.as_str());
    let of_source = |line: &str| {
        let line = line.replace("{source}", about.source.as_ref()?.as_str());
        Some(format!("relance {line} --stack {stack}"))
    };
    let line = match kind {
        Kind::TemplateFails => return Some("relance check --policy infra/policy".to_owned()),
        Kind::Nonsense => {
            let source = about.source.as_ref()?;
            return Some(format!(
                "relance retell deliveries --source {source} --stack {stack} --dry-run"
            ));
        }
        Kind::WebhooksRefused => return of_source("secret set {source}"),
        Kind::SourceFails | Kind::SourceGone => {
            return Some(format!("relance doctor --stack {stack}"));
        }
        // The logs have names beside the secrets': that of the door has the very same.
        Kind::WebhooksUnreadable => {
            let (stack, _) = secrets.rsplit_once('/')?;
            return Some(format!("aws logs tail {stack}/ingest --since 1d"));
        }
        Kind::UnknownSource | Kind::SourceSilent => {
            return Some(format!("aws logs tail {secrets} --since 1d"));
        }
        Kind::NotImported => return of_source("import --source {source}"),
        Kind::Imported => return of_source("release --imported --source {source}"),
        Kind::SourceHeld => return of_source("release --source {source}"),
        Kind::AddressBounced | Kind::AddressComplained | Kind::CopyFailed => {
            release(Releasable::Address)
        }
        Kind::Reopened => release(Releasable::Reopened),
        Kind::TooLateAtEntry => release(Releasable::TooLateAtEntry),
        Kind::NotShown => release(Releasable::NotShown),
        Kind::ApprovalWanted | Kind::ApprovalOverdue | Kind::Announced | Kind::CallDue => {
            of_step(kind).to_owned()
        }
        Kind::Unapplied => release(Releasable::Unapplied),
        Kind::KeyRefused => return of_key(about, stack),
        Kind::QuotaSpent
        | Kind::SesSilent
        | Kind::ToolSilent
        | Kind::NotTold
        | Kind::OtherMode
        | Kind::Rehearsed => return None,
        Kind::NoDueDate
        | Kind::NoAddress
        | Kind::AddressIncomplete
        | Kind::AddressNotAscii
        | Kind::AddressMalformed
        | Kind::CustomerDeleted
        | Kind::NotBeforeForLong
        | Kind::PaymentForLong
        | Kind::NoStepLeft
        | Kind::LastStepSent
        | Kind::MailRefused
        | Kind::MailUnknown
        | Kind::PlaceUnsteady
        | Kind::Undecided
        | Kind::InvoiceIncomplete
        | Kind::Newer => "relance show {id}".to_owned(),
    };
    let debtor = about.debtor.as_ref()?;
    // An address is the debtor's, whichever invoice waits for it.
    let is_of_debtor = matches!(
        kind,
        Kind::AddressBounced
            | Kind::AddressComplained
            | Kind::CopyFailed
            | Kind::NoAddress
            | Kind::AddressIncomplete
            | Kind::AddressNotAscii
            | Kind::AddressMalformed
    );
    let invoice = about.invoice.as_ref().filter(|_| !is_of_debtor);
    let id = invoice.map_or(debtor.customer.as_str(), |invoice| invoice.as_str());
    let realm = &debtor.realm;
    // An id that a shell or the command would take for something else is not put into anybody's mouth.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@+=".contains(c);
    let account = realm.account.as_str();
    let are_plain = [id, account]
        .iter()
        .all(|id| id.chars().all(is_plain) && !id.starts_with('-'));
    if !are_plain {
        return None;
    }
    let line = line.replace("{id}", id);
    // What the command takes for granted need not be typed.
    let options = [
        ("--source", realm.source.as_str(), "stripe"),
        ("--account", realm.account.as_str(), "default"),
    ];
    let options = options
        .into_iter()
        .filter(|(_, value, usual)| value != usual);
    let options = options.map(|(option, value, _)| format!(" {option} {value}"));
    let test = (realm.mode == Mode::Test).then(|| " --test".to_owned());
    // An invoice of the same id would be taken for what is meant.
    let customer = invoice.is_none().then(|| " --customer".to_owned());
    let options: String = options.chain(test).chain(customer).collect();
    Some(format!("{line} --stack {stack}{options}"))
}
