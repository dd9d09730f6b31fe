//! The command line that settles what the team is told.

use dunning::file::Releasable;
use dunning::journal::{About, NoticeKind};
use dunning::value::Mode;

/// A command line, as far as the kind of a notice says it.
enum Line {
    /// All of it.
    Whole(String),
    /// It is about the debtor or an invoice: `{id}` stands for which.
    About(String),
}

/// The command line that settles a matter, or shows what there is to settle: as it is to be typed. None of what
/// earlier versions noted, which does not say where to look.
pub(crate) fn command(kind: NoticeKind, about: &About, secrets: &str) -> Option<String> {
    // The path of the secrets is /relance/<stack>/webhooks.
    let stack = secrets.rsplit('/').nth(1)?;
    match line(kind, about, secrets, stack)? {
        Line::Whole(line) => Some(line),
        Line::About(line) => about_debtor(kind, about, stack, &line),
    }
}

fn line(kind: NoticeKind, about: &About, secrets: &str, stack: &str) -> Option<Line> {
    use NoticeKind as Kind;
    let about_it = |what: &str| Line::About(format!("relance {what} {{id}}"));
    let release =
        |hold: Releasable| Line::About(format!("relance release {{id}} --hold {}", hold.as_str()));
    let of_source = |line: &str| {
        let line = line.replace("{source}", about.source.as_ref()?.as_str());
        Some(Line::Whole(format!("relance {line} --stack {stack}")))
    };
    Some(match kind {
        Kind::TemplateFails => Line::Whole("relance check --policy infra/policy".to_owned()),
        Kind::Nonsense => {
            let source = about.source.as_ref()?;
            Line::Whole(format!(
                "relance retell deliveries --source {source} --stack {stack} --dry-run"
            ))
        }
        Kind::WebhooksRefused => of_source("secret set {source}")?,
        Kind::SourceFails | Kind::SourceGone => {
            Line::Whole(format!("relance doctor --stack {stack}"))
        }
        // The logs have names beside the secrets': that of the door has the very same.
        Kind::WebhooksUnreadable => {
            let (stack, _) = secrets.rsplit_once('/')?;
            Line::Whole(format!("aws logs tail {stack}/ingest --since 1d"))
        }
        Kind::UnknownSource | Kind::SourceSilent => {
            Line::Whole(format!("aws logs tail {secrets} --since 1d"))
        }
        Kind::NotImported => of_source("import --source {source}")?,
        Kind::Imported => of_source("release --imported --source {source}")?,
        Kind::SourceHeld => of_source("release --source {source}")?,
        Kind::AddressBounced | Kind::AddressComplained | Kind::CopyFailed => {
            release(Releasable::Address)
        }
        Kind::Reopened => release(Releasable::Reopened),
        Kind::TooLateAtEntry => release(Releasable::TooLateAtEntry),
        Kind::NotShown => release(Releasable::NotShown),
        Kind::ApprovalWanted | Kind::ApprovalOverdue => about_it("approve"),
        Kind::Announced => about_it("pause"),
        Kind::CallDue => about_it("done"),
        Kind::Unapplied => release(Releasable::Unapplied),
        Kind::KeyRefused => {
            let of_debtor = about.debtor.as_ref().map(|debtor| &debtor.realm.source);
            let source = of_debtor.or(about.source.as_ref())?;
            Line::Whole(format!("relance secret set {source} --key --stack {stack}"))
        }
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
        | Kind::Newer => about_it("show"),
    })
}

/// A line that is about a debtor, or one of its invoices, as it is typed: with which one, and where it is.
fn about_debtor(kind: NoticeKind, about: &About, stack: &str, line: &str) -> Option<String> {
    use NoticeKind as Kind;
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
