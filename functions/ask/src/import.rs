//! The import of a source's open invoices: all that the tool calls open, page by page, on hold until a person lets it
//! go. What is known already is merged as any answer.
//!
//! After each page it is kept how far it has come. Whoever stops in between goes on there; a page that was half in is
//! taken in once more, and nothing of it twice.

use std::collections::{BTreeMap, BTreeSet};

use asking::{Asked, Asker, Source, Unasked};
use dunning::billing::InvoiceEvent;
use dunning::file::{Debtor, File, Invoice};
use dunning::journal::{Notice, NoticeKind};
use dunning::policy::Policy;
use dunning::rules::{Context, if_let_in};
use dunning::value::{DebtorKey, InvoiceId, Mode, SourceName};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use intake::{Intake, Taken};
use jiff::{SignedDuration, Timestamp};
use ledger::{AsRead, Import as SoFar, Ledger, LedgerError};
use sources::ask::{AskError, Kind, Page, Question, Reply};
use sources::{Translation, no_account};

use crate::accounts::accounts;

/// One that stopped for longer begins anew: the tool's list is another one by then.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// So many customers are read and written at a time: from a desk, each answer of the table is on its way for long.
pub(crate) const AT_ONCE: usize = 16;

/// Why nothing is imported, or not all.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// There is nobody to ask.
    #[error("{0} has no key by which its tool is asked, or its tool cannot be asked")]
    NoKey(SourceName),
    /// It has no list.
    #[error("the tool of {0} cannot be asked for all that is open")]
    NoList(SourceName),
    /// The tool did not say.
    #[error(transparent)]
    Unasked(#[from] Unasked),
    /// Another import of the source has gone on meanwhile.
    #[error("somebody else is importing {0} at the same time: this one stops")]
    Overtaken(SourceName),
    /// The table.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl NotImported {
    /// How long it is waited before the same page is asked for again, if that may help.
    pub fn patience(&self, now: Timestamp) -> Option<SignedDuration> {
        match self {
            Self::Unasked(Unasked::NoPlace { until }) => Some(until.duration_since(now)),
            Self::Unasked(Unasked::Answer(AskError::TooMany { retry_after })) => {
                Some(retry_after.unwrap_or(SignedDuration::from_mins(1)))
            }
            Self::Unasked(Unasked::Answer(why)) if !why.is_passing() => None,
            Self::Unasked(_) => Some(SignedDuration::from_secs(15)),
            Self::Ledger(why) => why.is_transient().then_some(SignedDuration::from_secs(15)),
            Self::NoKey(_) | Self::NoList(_) | Self::Overtaken(_) => None,
        }
    }
}

/// An import that is under way.
pub struct Import<'a> {
    asker: &'a Asker,
    source: Source<'a>,
    name: &'a SourceName,
    read: Option<AsRead>,
    so_far: SoFar,
    is_resumed: bool,
    /// Some of the next page may be in already: whoever took it in was stopped.
    may_be_half_in: bool,
}

/// Imported invoices of a debtor that are on hold, each as it would be planned if it were let go now.
#[derive(Debug, Clone)]
pub struct OnHold {
    /// Whose.
    pub debtor: Debtor,
    /// The invoices.
    pub invoices: Vec<Invoice>,
}

impl<'a> Import<'a> {
    /// Begins, or goes on where it stopped.
    pub async fn begin(asker: &'a Asker, name: &'a SourceName) -> Result<Self, NotImported> {
        let source = asker.source(name).await?;
        let source = source.ok_or_else(|| NotImported::NoKey(name.clone()))?;
        if !source.asking().can(Kind::AllOpen) {
            return Err(NotImported::NoList(name.clone()));
        }
        let now = asker.clock.now();
        let known = asker.ledger.import(name).await?;
        let (read, known) =
            known.map_or((None, None), |known| (Some(known.read), Some(known.value)));
        let stopped = known.clone().filter(|known| {
            known.done_at.is_none() && now.duration_since(known.began_at) < LONGEST
        });
        let is_resumed = stopped.is_some();
        let mut import = Self {
            asker,
            source,
            name,
            read,
            is_resumed,
            may_be_half_in: is_resumed,
            so_far: stopped.unwrap_or_else(|| SoFar::after(known.as_ref(), now)),
        };
        if !is_resumed {
            let ledger = &asker.ledger;
            let accounts = accounts(ledger, name, mode_of(&asker.policy, name)).await?;
            let so_far = import.so_far.clone();
            // What comes in from now on is known to be of this one, whoever stops.
            import.keep(SoFar { accounts, ..so_far }).await?;
        }
        if import.so_far.accounts.is_empty() {
            // An earlier version began it, which asked for the books of the key's account alone.
            import.so_far.accounts.push(no_account());
        }
        Ok(import)
    }

    /// How far it has come.
    pub fn so_far(&self) -> &SoFar {
        &self.so_far
    }

    /// Whether it was begun before.
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Brings in a page. Gives whether there is another one.
    pub async fn take_page(&mut self) -> Result<bool, NotImported> {
        let Some(account) = self.so_far.accounts.first().cloned() else {
            return Ok(false);
        };
        let page = self.so_far.page.as_deref();
        // Kept by another version, it may not be read: the list begins anew.
        let page: Option<Page> = page.and_then(|page| serde_json::from_str(page).ok());
        let at = self.source.take_places(1).await?;
        let question = Question::AllOpen;
        let asked = Asked {
            page: page.as_ref(),
            account: (account != no_account()).then_some(&account),
            ..Asked::new(&question)
        };
        let reply = match self.source.ask(asked, at).await {
            // Some tools have no books of no account.
            Err(Unasked::Answer(AskError::Misconfigured(_)))
                if account == no_account() && self.so_far.accounts.len() > 1 =>
            {
                self.so_far.accounts.remove(0);
                return Ok(true);
            }
            reply => reply?,
        };
        let mut so_far = self.so_far.clone();
        self.take(&reply, &mut so_far)
            .await
            .inspect_err(|_| self.may_be_half_in = true)?;
        self.may_be_half_in = false;
        let next = reply.next.as_ref();
        so_far.page = next.and_then(|next| serde_json::to_string(next).ok());
        if so_far.page.is_none() {
            so_far.accounts.remove(0);
        }
        if !so_far.accounts.is_empty() {
            self.keep(so_far).await?;
            return Ok(true);
        }
        // Whoever stops now asks for the last page once more.
        let SoFar { page, accounts, .. } = self.so_far.clone();
        self.so_far = SoFar {
            page,
            accounts,
            ..so_far
        };
        Ok(false)
    }

    async fn take(&self, reply: &Reply, so_far: &mut SoFar) -> Result<(), NotImported> {
        let intake = Intake {
            ledger: &self.asker.ledger,
            policy: &self.asker.policy,
            clock: &self.asker.clock,
            retells: false,
        };
        let mut by_debtor: BTreeMap<DebtorKey, Vec<&InvoiceEvent>> = BTreeMap::new();
        for said in &reply.said {
            match said {
                Translation::Invoice(event) => {
                    so_far.listed += 1;
                    by_debtor.entry(event.debtor_key()).or_default().push(event);
                }
                Translation::Movement(event) => {
                    intake.take_movement(event).await?;
                }
                Translation::Customer(event) => {
                    intake.take_customer(event).await?;
                }
                Translation::Ignored { .. } | Translation::OtherMode { .. } => {}
            }
        }
        let new = stream::iter(by_debtor.values())
            .map(|events| self.take_in_turn(&intake, events))
            .buffer_unordered(AT_ONCE)
            .try_fold(0, |all, new| async move { Ok(all + new) });
        so_far.new += new.await?;
        for nonsense in &reply.nonsense {
            // Why may quote an address.
            let field = nonsense.field.as_str();
            tracing::warn!(source = %self.name, field, "not imported");
            so_far.nonsense += 1;
        }
        Ok(())
    }

    /// The invoices of a debtor, one after the other: they stand in one file. Gives how many were not as it had them.
    async fn take_in_turn(
        &self,
        intake: &Intake<'_>,
        events: &[&InvoiceEvent],
    ) -> Result<u64, LedgerError> {
        let is_whole = self.source.asking().is_whole(Kind::AllOpen);
        let began_at = self.so_far.began_at;
        let mut new = 0;
        for event in events {
            let taken = intake.take_imported(event, is_whole, began_at).await?;
            let is_new = match taken {
                Taken::Stored => true,
                // Whoever stopped had brought it in, and had not kept that it was counted.
                Taken::Duplicate => self.may_be_half_in,
                _ => false,
            };
            new += u64::from(is_new);
        }
        Ok(new)
    }

    async fn keep(&mut self, so_far: SoFar) -> Result<(), NotImported> {
        let read = keep(&self.asker.ledger, self.name, self.read.as_ref(), &so_far).await?;
        self.read = Some(read);
        self.so_far = so_far;
        Ok(())
    }

    /// All is in: the team hears how much is on hold, where that is more than it has heard of. Gives what is.
    pub async fn finish(&mut self) -> Result<Vec<OnHold>, NotImported> {
        let Asker {
            ledger,
            policy,
            clock,
            ..
        } = self.asker;
        let now = clock.now();
        let (on_hold, count) = tell(ledger, policy, now, self.name, self.so_far.told).await?;
        let first_done_at = self.so_far.first_done_at;
        self.keep(SoFar {
            done_at: Some(now),
            first_done_at: first_done_at.or(Some(now)),
            page: None,
            accounts: Vec::new(),
            told: count,
            ..self.so_far.clone()
        })
        .await?;
        Ok(on_hold)
    }
}

/// Keeps how far the import of a source has come, unless another one has gone on meanwhile.
pub(crate) async fn keep(
    ledger: &Ledger,
    source: &SourceName,
    read: Option<&AsRead>,
    so_far: &SoFar,
) -> Result<AsRead, NotImported> {
    match ledger.put_import(source, read, so_far).await {
        Err(LedgerError::LostRace) => Err(NotImported::Overtaken(source.clone())),
        kept => Ok(kept?),
    }
}

/// The team hears how many are on hold, where that is more than it has heard of. Gives what is, and how many.
pub(crate) async fn tell(
    ledger: &Ledger,
    policy: &Policy,
    now: Timestamp,
    source: &SourceName,
    told: u64,
) -> Result<(Vec<OnHold>, u64), LedgerError> {
    let on_hold = OnHold::of(ledger, policy, now, source).await?;
    let invoices = || on_hold.iter().flat_map(|held| &held.invoices);
    let count = u64::try_from(invoices().count()).unwrap_or(u64::MAX);
    if count > told {
        let subject = format!("{source} ({count})");
        let notice = Notice::new(NoticeKind::Imported, subject).worth(invoices());
        ledger.notify(notice.from_source(source), now).await?;
    }
    Ok((on_hold, count))
}

impl OnHold {
    /// All of a source.
    pub async fn of(
        ledger: &Ledger,
        policy: &Policy,
        now: Timestamp,
        source: &SourceName,
    ) -> Result<Vec<Self>, LedgerError> {
        let ctx = Context::new(policy, now);
        let open = ledger.open_of(source, mode_of(policy, source));
        let open = by_debtor(open.await?);
        let files = stream::iter(&open).map(|(debtor, ids)| async move {
            let stored = ledger.file(debtor).await?;
            Ok::<_, LedgerError>(stored.and_then(|stored| Self::in_file(ctx, stored.file, ids)))
        });
        let on_hold = files.buffered(AT_ONCE);
        on_hold
            .try_filter_map(|held| async move { Ok(held) })
            .try_collect()
            .await
    }

    fn in_file(ctx: Context<'_>, file: File, ids: &BTreeSet<InvoiceId>) -> Option<Self> {
        let open = file.open.values();
        let invoices: Vec<Invoice> = open
            .filter(|invoice| ids.contains(invoice.id()))
            .filter_map(|invoice| if_let_in(ctx, &file.debtor, invoice))
            .collect();
        let debtor = file.debtor;
        (!invoices.is_empty()).then_some(Self { debtor, invoices })
    }
}

fn mode_of(policy: &Policy, source: &SourceName) -> Mode {
    let known = policy.sources.get(source);
    known.map_or(Mode::Live, |known| known.mode)
}

fn by_debtor(open: BTreeSet<(DebtorKey, InvoiceId)>) -> BTreeMap<DebtorKey, BTreeSet<InvoiceId>> {
    let mut debtors: BTreeMap<DebtorKey, BTreeSet<InvoiceId>> = BTreeMap::new();
    for (debtor, invoice) in open {
        debtors.entry(debtor).or_default().insert(invoice);
    }
    debtors
}
