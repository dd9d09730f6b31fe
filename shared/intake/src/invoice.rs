//! A tool shows an invoice.

use dunning::billing::{Debt, InvoiceEvent};
use dunning::file::{Debtor, Invoice};
use dunning::journal::{Line, What};
use dunning::rules::{Change, Context, Known, hand_over, is_known, receive};
use dunning::value::DebtorKey;
use jiff::Timestamp;
use ledger::{Commit, EventView, LedgerError, MovedFrom, Pointer, Proposal};

use crate::again::{Told, mark};
use crate::by_hand;
use crate::intake::Intake;
use crate::taken::Taken;

/// How it came to be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// The tool posted it: that it did is worth a marker.
    Unasked,
    /// It was asked for.
    Asked,
    /// It was asked for, to be compared with the file.
    Compared {
        /// It shows as much as an answer about one invoice.
        is_whole: bool,
        /// What nobody has told of is taken in, too.
        begins: bool,
    },
    /// It stands in a list, and is brought in from before Relance.
    Imported {
        /// The list shows as much as an answer about one invoice.
        is_whole: bool,
        /// When the import began.
        began_at: Timestamp,
    },
    /// A person brings it in from before Relance.
    ByHand,
}

impl Shown {
    /// Whether it says nothing of payments under way.
    fn is_partial(self) -> bool {
        matches!(
            self,
            Self::Compared {
                is_whole: false,
                ..
            } | Self::Imported {
                is_whole: false,
                ..
            } | Self::ByHand
        )
    }

    /// It says what the file of the invoice has already.
    fn nothing_new(self, known: Option<&Invoice>) -> Taken {
        let imported = known.and_then(|known| known.holds.imported);
        match self {
            Self::Imported { began_at, .. } if imported.is_some_and(|held| held.at >= began_at) => {
                Taken::Duplicate
            }
            _ => Taken::NothingNew,
        }
    }
}

impl Intake<'_> {
    /// Takes in an invoice as a tool shows it.
    pub async fn take_invoice(&self, event: &InvoiceEvent) -> Result<Taken, LedgerError> {
        self.take_shown(event, Shown::Unasked).await
    }

    /// The same of what a tool answers when it is asked for an invoice. Most answers say what is known, and nothing is
    /// written then: neither a marker nor a line of the journal, nor that it was said again. Each answer has an id of
    /// its own, or a later one is taken for a duplicate.
    pub async fn take_answer(&self, event: &InvoiceEvent) -> Result<Taken, LedgerError> {
        self.take_shown(event, Shown::Asked).await
    }

    /// The same of what is compared with the file. `is_whole`: whether it shows as much as an answer about one invoice; a
    /// list may say nothing of payments under way. `begins`: whether what nobody has told of is taken in, too.
    pub async fn take_compared(
        &self,
        event: &InvoiceEvent,
        is_whole: bool,
        begins: bool,
    ) -> Result<Taken, LedgerError> {
        let shown = Shown::Compared { is_whole, begins };
        self.take_shown(event, shown).await
    }

    /// The same of all that a tool calls open, from before Relance: an invoice that is new here is on hold. `is_whole`:
    /// whether its list shows as much as an answer about one invoice. What was brought in since the import began, and is as
    /// it was then, is a duplicate.
    pub async fn take_imported(
        &self,
        event: &InvoiceEvent,
        is_whole: bool,
        began_at: Timestamp,
    ) -> Result<Taken, LedgerError> {
        let shown = Shown::Imported { is_whole, began_at };
        self.take_shown(event, shown).await
    }

    /// The same of what a person brings in: an invoice that is new here is on hold. Where anybody else has told of it, or
    /// of its customer, that stands; what was brought in by hand, the next time replaces it.
    pub async fn take_by_hand(&self, event: &InvoiceEvent) -> Result<Taken, LedgerError> {
        self.take_shown(event, Shown::ByHand).await
    }

    async fn take_shown(&self, event: &InvoiceEvent, shown: Shown) -> Result<Taken, LedgerError> {
        let named = event.debtor_key();
        let named = &named;
        let updated = self.ledger.update(move || {
            Box::pin(async move {
                let view = self.view(named, event).await?;
                let begins = !matches!(shown, Shown::Compared { begins: false, .. });
                if matches!(view.pointer, Pointer::Unknown(_)) && !begins {
                    return Ok(Proposal::Nothing(Taken::Unknown));
                }
                if let Some(seen) = &view.seen {
                    if !self.takes_again(seen, event.by) {
                        return Ok(Proposal::Nothing(Taken::Duplicate));
                    }
                    let told = Told::by_invoice(event);
                    self.withdraw_elsewhere(&told, seen).await?;
                }
                if shown == Shown::ByHand && self.is_told_by_others(&view, named, event).await? {
                    return Ok(Proposal::Nothing(Taken::NothingNew));
                }
                let listed = shown.is_partial().then(|| as_listed(event, &view, shown));
                let event = listed.as_ref().unwrap_or(event);
                let commit = match &view.pointer {
                    Pointer::To(owner) if owner != named => {
                        self.elsewhere(event, named, owner, &view, shown).await?
                    }
                    Pointer::To(_) | Pointer::Unknown(_) => {
                        let commit = self.at_home(event, named, &view, shown);
                        let is_known = says_what_is_known(&view, event, &commit);
                        if shown != Shown::Unasked && is_known && is_told_as_before(&view, event) {
                            return Ok(Proposal::Nothing(shown.nothing_new(view.invoice())));
                        }
                        commit
                    }
                };
                Ok::<_, LedgerError>(Taken::by(commit, view.seen.as_ref()))
            })
        });
        Ok(updated.await?.answer)
    }

    pub(crate) async fn view(
        &self,
        debtor: &DebtorKey,
        event: &InvoiceEvent,
    ) -> Result<EventView, LedgerError> {
        self.ledger
            .view_event(debtor, &event.invoice.id, &event.id)
            .await
    }

    /// The invoice is new, or where the event says it is.
    fn at_home(
        &self,
        event: &InvoiceEvent,
        debtor: &DebtorKey,
        view: &EventView,
        shown: Shown,
    ) -> Commit {
        let change = self.decide(event, view, view.invoice(), None, shown);
        self.commit(event, debtor, view, change)
    }

    /// The invoice is in another customer's file: the newer of the two says whose it is.
    async fn elsewhere(
        &self,
        event: &InvoiceEvent,
        named: &DebtorKey,
        owner: &DebtorKey,
        here: &EventView,
        shown: Shown,
    ) -> Result<Commit, LedgerError> {
        let home = self.view(owner, event).await?;
        // By another customer alone a debt is not another one: what is told anew is taken away first.
        let mut known = home.invoice().cloned().map(|mut known| {
            known.debt = known.debt.withdraw(event.by);
            known
        });
        let stands = |debt: &Debt| !debt.withdrawn && debt.latest.order >= event.order;
        if known.as_ref().is_some_and(|known| stands(&known.debt)) {
            let about_home = InvoiceEvent {
                customer: owner.customer.clone(),
                debtor: None,
                ..event.clone()
            };
            return Ok(self.at_home(&about_home, owner, &home, shown));
        }
        let line = Line::of(&event.invoice.id, What::CustomerChanged);
        let old = home.debtor.as_ref().map(|debtor| &debtor.value);
        let over = known.as_mut().map(hand_over).unwrap_or_default();
        let mut change = self.decide(event, here, known.as_ref(), old, shown);
        change.journal.insert(0, line.clone());
        let moved_from = MovedFrom {
            debtor: owner.clone(),
            basis: home.basis(),
            journal: [line].into_iter().chain(over).collect(),
        };
        Ok(Commit {
            moved_from: Some(moved_from),
            ..self.commit(event, named, here, change)
        })
    }

    fn decide(
        &self,
        event: &InvoiceEvent,
        view: &EventView,
        invoice: Option<&Invoice>,
        moved_from: Option<&Debtor>,
        shown: Shown,
    ) -> Change {
        let ctx = Context {
            imports: matches!(shown, Shown::Imported { .. } | Shown::ByHand),
            ..self.context()
        };
        let known = Known {
            debtor: view.debtor.as_ref().map(|debtor| &debtor.value),
            invoice,
            parked: &view.pointer.parked(),
            moved_from,
        };
        receive(ctx, known, event)
    }

    fn commit(
        &self,
        event: &InvoiceEvent,
        debtor: &DebtorKey,
        view: &EventView,
        change: Change,
    ) -> Commit {
        Commit {
            event: Some(mark(
                &event.id,
                event.by,
                Some(debtor),
                Some(&event.invoice.id),
            )),
            ..Commit::new(debtor, view.basis(), change, self.clock.now())
        }
    }
}

/// With what a list does not show as the file has it.
fn as_listed(event: &InvoiceEvent, view: &EventView, shown: Shown) -> InvoiceEvent {
    let mut event = event.clone();
    let known = view.invoice().map(|known| &known.debt.latest.value);
    event.invoice.payment_pending_until = known.and_then(|known| known.payment_pending_until);
    if shown == Shown::ByHand {
        by_hand::complete(&mut event, view);
    }
    event
}

/// Whether whoever tells it would stand in the file as before. What a person said is the tool's word from its answer on.
fn is_told_as_before(view: &EventView, event: &InvoiceEvent) -> bool {
    let source = &event.realm.source;
    let known = view.invoice();
    let was_by_hand = known.is_some_and(|known| known.debt.latest.by.is_hand(source));
    event.by.is_hand(source) || !was_by_hand
}

/// Whether an answer says what the file of the debtor that it names says already. One that was taken in before, by an
/// earlier translation, is told again like any event.
fn says_what_is_known(view: &EventView, event: &InvoiceEvent, commit: &Commit) -> bool {
    let (Some(debtor), Some(invoice), None) = (&view.debtor, view.invoice(), &view.seen) else {
        return false;
    };
    is_known(&debtor.value, invoice, event, &commit.change)
}
