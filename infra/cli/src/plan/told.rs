//! What an event says of an invoice and its debtor, as if nothing else were known of them.

use std::collections::BTreeMap;
use std::path::Path;

use dunning::billing::Movements;
use dunning::file::{Debtor, File, Invoice};
use dunning::policy::{Policy, Source};
use dunning::rules::{Change, Context, Known, receive, receive_customer, receive_movement};
use dunning::value::{InvoiceId, Mode, SourceName};
use jiff::Timestamp;
use jiff::civil::Date;
use sources::{Request, Tool, Translation, Untranslatable};

use crate::source::{SourceError, Subject};

/// The tool whose event is Relance's own.
const CANONICAL: &str = "standard-webhooks";

/// The file that an event makes.
pub(super) struct Told {
    pub(super) file: File,
}

/// Why an event makes no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTold {
    #[error("--on {0}: there is no such day in the company's time zone")]
    Day(Date),
    #[error(transparent)]
    Untranslatable(#[from] Untranslatable),
    #[error(
        "what the event says makes no sense: {0}; `relance source try` shows what is understood of it"
    )]
    Nonsense(String),
    #[error(
        "the event is of the {event:?} mode, and {source_name} takes the {policy:?} mode: see sources.{source_name}.mode in relance.toml"
    )]
    OtherMode {
        source_name: SourceName,
        event: Mode,
        policy: Mode,
    },
    #[error(
        "read as an event of {source_name}, it shows no invoice (it is called {said}): give one that does, as when an invoice is issued, or name its source with --source"
    )]
    NoInvoice {
        source_name: SourceName,
        said: String,
    },
}

/// Whose event it is: that of a source by its name, or of the only one; else an event of our own. A tool that the policy
/// does not connect speaks for its first source: of no source, all would be on hold.
pub(super) fn subject(
    folder: &Path,
    policy: &Policy,
    wanted: Option<&str>,
) -> Result<Subject, SourceError> {
    let mut names = policy.sources.keys().map(SourceName::as_str);
    let only = names.next().filter(|_| names.next().is_none());
    let name = wanted.or(only).unwrap_or(CANONICAL);
    let mut subject = crate::source::subject(folder, policy, name)?;
    if !policy.sources.contains_key(&subject.name)
        && let Some((name, settings)) = policy.sources.first_key_value()
    {
        (subject.name, subject.settings) = (name.clone(), settings.clone());
    }
    Ok(subject)
}

impl Told {
    /// Reads an event as the deployed functions do, but for its signature.
    pub(super) fn by(
        body: &[u8],
        subject: &Subject,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Self, NotTold> {
        let Subject {
            name,
            tool,
            settings,
        } = subject;
        let mut made = Made {
            ctx: Context::new(policy, now),
            debtor: None,
            invoices: BTreeMap::new(),
        };
        let mut kinds = Vec::new();
        for said in translated(tool, body, settings, name, now)? {
            let said = said.map_err(|nonsense| NotTold::Nonsense(nonsense.to_string()))?;
            if let Translation::OtherMode { mode, .. } = said {
                let (source_name, policy) = (name.clone(), settings.mode);
                return Err(NotTold::OtherMode {
                    source_name,
                    event: mode,
                    policy,
                });
            }
            kinds.push(made.take(&said));
        }
        match made.debtor {
            Some(debtor) if !made.invoices.is_empty() => Ok(Self {
                file: File {
                    debtor,
                    open: made.invoices,
                },
            }),
            _ => Err(NotTold::NoInvoice {
                source_name: name.clone(),
                said: kinds.join(", "),
            }),
        }
    }
}

fn translated(
    tool: &Tool,
    body: &[u8],
    settings: &Source,
    name: &SourceName,
    now: Timestamp,
) -> Result<sources::Translations, Untranslatable> {
    // Where an event's id is a header, the file has none.
    let headers = [("webhook-id", "plan")];
    tool.translate_unverified_of(Request::new(&headers, body), now, settings, name)
}

/// What is known so far.
struct Made<'p> {
    ctx: Context<'p>,
    debtor: Option<Debtor>,
    invoices: BTreeMap<InvoiceId, Invoice>,
}

impl Made<'_> {
    /// Takes in one thing that is said. Gives what it is called.
    fn take(&mut self, said: &Translation) -> String {
        match said {
            Translation::Invoice(event) => {
                let parked = Movements::default();
                let known = Known {
                    debtor: self.debtor.as_ref(),
                    invoice: self.invoices.get(&event.invoice.id),
                    parked: &parked,
                    moved_from: None,
                };
                let change = receive(self.ctx, known, event);
                self.write(change);
                event.kind.clone()
            }
            Translation::Customer(event) => {
                let change = receive_customer(self.ctx, self.debtor.as_ref(), event);
                self.write(change);
                event.kind.clone()
            }
            Translation::Movement(event) => {
                let invoice = said.invoice().and_then(|id| self.invoices.get(id));
                if let (Some(invoice), Some(debtor)) = (invoice, &self.debtor) {
                    let told = Movements::by(event.order, &event.what).told_by(event.by);
                    let change = receive_movement(self.ctx, debtor, invoice, &told, event);
                    self.write(change);
                }
                event.kind.clone()
            }
            Translation::Ignored { kind } | Translation::OtherMode { kind, .. } => kind.clone(),
        }
    }

    fn write(&mut self, change: Change) {
        self.debtor = change.debtor.or(self.debtor.take());
        let changed = change.invoices.into_iter();
        let changed = changed.map(|invoice| (invoice.id().clone(), invoice));
        self.invoices.extend(changed);
    }
}
