//! The last look: right before a mail leaves, the billing tool is asked whether what it is about is still owed.
//!
//! What the tool answers is merged into the file as any other of its words, and decided anew. Here is judged whether
//! the look is good for the mail. Without one nothing leaves, unless the policy lets it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::change::Change;
use super::context::Context;
use super::decide::Letter;
use super::delivery::wait;
use super::plan::plan;
use crate::file::{File, Invoice, NotShown, Refusal, Unseen};
use crate::journal::{Blind, Line, Notice, NoticeKind, Saw, What};
use crate::limits::{AN_HOUR, LOOK_IS_GOOD_FOR};
use crate::policy::{LastLook, PolicyStep};
use crate::value::{InvoiceId, Money};

/// What is known of the tool's own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// The tool is never asked: there is no key to ask by.
    NoKey,
    /// It was not asked for this mail yet.
    NotYet,
    /// It answered.
    Seen {
        /// When it was asked.
        at: Timestamp,
        /// What it says of each invoice that it was asked for.
        invoices: BTreeMap<InvoiceId, Seen>,
    },
    /// It did not say.
    Blind {
        /// Why.
        why: Blind,
        /// When it may be asked again.
        again_in: SignedDuration,
    },
}

/// What a tool says of an invoice that it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// So much is left to pay.
    Owed(Money),
    /// It is not owed, or not shown.
    Unseen(Unseen),
}

/// Whether a mail may leave by what is known of the tool's books.
#[derive(Debug, Clone, PartialEq)]
pub enum Sighted {
    /// It may, and the journal says by which look.
    Clear(Option<Line>),
    /// The tool must be asked for these first.
    Ask(Vec<InvoiceId>),
    /// It may not: this is to be written, and decided anew.
    Waits(Box<Change>),
}

/// How long a mail waits for a tool that does not say: as for a template, since whatever it is may take a while.
pub const ASK_AGAIN_IN: SignedDuration = AN_HOUR;

/// Judges the look for a letter, right before it is claimed. The file is as it was read, with all that the look brought.
pub fn last_look(ctx: Context<'_>, file: &File, letter: &Letter, looked: &Looked) -> Sighted {
    let step = ctx.policy.steps.iter().find(|step| step.id == letter.lead);
    let wants = step.map_or(LastLook::Required, PolicyStep::last_look);
    let was_asked_for = step.is_some_and(|step| step.last_look == Some(LastLook::Required));
    match looked {
        _ if wants == LastLook::Off => Sighted::Clear(None),
        Looked::NoKey if was_asked_for => waits(ctx, file, letter, Blind::NoKey, ASK_AGAIN_IN),
        Looked::NoKey => Sighted::Clear(None),
        Looked::NotYet => Sighted::Ask(all(letter)),
        Looked::Blind { why, .. } if wants == LastLook::WhenItAnswers => {
            Sighted::Clear(Some(Line::of_debtor(What::NotLooked { why: *why })))
        }
        Looked::Blind { why, again_in } => waits(ctx, file, letter, *why, *again_in),
        Looked::Seen { at, invoices } => by_look(ctx, file, letter, *at, invoices),
    }
}

fn all(letter: &Letter) -> Vec<InvoiceId> {
    let invoices = letter.invoices.iter().chain(&letter.coming);
    invoices.map(|invoice| invoice.id().clone()).collect()
}

fn by_look(
    ctx: Context<'_>,
    file: &File,
    letter: &Letter,
    at: Timestamp,
    seen: &BTreeMap<InvoiceId, Seen>,
) -> Sighted {
    let is_old = ctx.now.duration_since(at) > LOOK_IS_GOOD_FOR;
    let ids = all(letter);
    if is_old || ids.iter().any(|id| !seen.contains_key(id)) {
        return Sighted::Ask(ids);
    }
    let mut change = Change::default();
    for invoice in letter.invoices.iter().chain(&letter.coming) {
        if let Some(Seen::Unseen(why)) = seen.get(invoice.id())
            && let Some(known) = file.open.get(invoice.id())
            && let Some(held) = held(known, *why, at)
        {
            change.take(known, plan(ctx, &held, &file.debtor));
        }
    }
    if !change.is_empty() {
        return Sighted::Waits(Box::new(change));
    }
    let saw = seen.iter().filter(|(id, _)| ids.contains(id));
    let saw = saw.filter_map(|(id, seen)| match seen {
        Seen::Owed(left) => Some(Saw {
            invoice: id.clone(),
            left: *left,
        }),
        Seen::Unseen(_) => None,
    });
    let saw = saw.collect();
    Sighted::Clear(Some(Line::of_debtor(What::Looked { at, saw })))
}

/// Puts an invoice on hold of which a tool that was asked said so, whatever it was asked for.
pub fn not_shown(ctx: Context<'_>, file: &File, invoice: &InvoiceId, seen: NotShown) -> Change {
    let mut change = Change::default();
    if let Some(known) = file.open.get(invoice)
        && known.holds.not_shown.is_none()
        && let Some(held) = held(known, seen.why, seen.at)
    {
        change.take(known, plan(ctx, &held, &file.debtor));
    }
    change
}

/// The invoice on hold, unless a person has let it go for that.
fn held(known: &Invoice, why: Unseen, at: Timestamp) -> Option<Invoice> {
    let is_let_go = |before: NotShown| before.released && why != Unseen::Settled;
    if known.holds.not_shown.is_some_and(is_let_go) {
        return None;
    }
    let mut held = known.clone();
    held.holds.not_shown = Some(NotShown {
        at,
        why,
        released: false,
    });
    Some(held)
}

/// Nothing leaves, and who must hear of it does: of a key at once, of a tool that is away once that costs a day.
fn waits(
    ctx: Context<'_>,
    file: &File,
    letter: &Letter,
    why: Blind,
    again_in: SignedDuration,
) -> Sighted {
    let mut change = wait(ctx, file, again_in, Refusal::NoLook);
    change
        .journal
        .insert(0, Line::of_debtor(What::NotLooked { why }));
    let until = change.debtor.as_ref().and_then(|debtor| debtor.refused);
    let calendar = file.debtor.calendar(ctx.policy);
    let day = |at| calendar.day_of(at);
    let kind = match why {
        Blind::NoKey | Blind::KeyRefused | Blind::NotAllowed => Some(NoticeKind::KeyRefused),
        Blind::Busy | Blind::NoAnswer => until
            .filter(|refused| day(refused.until) > day(ctx.now))
            .map(|_| NoticeKind::ToolSilent),
    };
    let source = &file.debtor.key.realm.source;
    let notice = |kind| {
        Notice::new(kind, source.as_str())
            .of_debtor(&file.debtor)
            .worth(&letter.invoices)
    };
    change.notices.extend(kind.map(notice));
    Sighted::Waits(Box::new(change))
}
