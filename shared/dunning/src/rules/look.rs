//! The last look: right before a mail leaves, or a signal, the billing tool is asked whether what it is about is still owed.
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
use crate::file::{File, Invoice, NotShown, Refusal, StepOf, Unseen};
use crate::journal::{Blind, Line, Notice, NoticeKind, Saw, What};
use crate::limits::{AN_HOUR, LOOK_IS_GOOD_FOR};
use crate::policy::{LastLook, PolicyStep};
use crate::value::{InvoiceId, Money, StepId};

/// What is known of the tool's own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// The tool is never asked: there is no key to ask by.
    NoKey,
    /// It may be asked.
    At(Look),
}

/// What a tool was asked for, and what it said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// What it said of each invoice, and when it was asked.
    pub seen: BTreeMap<InvoiceId, (Timestamp, Seen)>,
    /// It did not say of the rest.
    pub blind: Option<NotSeen>,
}

/// A tool did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSeen {
    /// Why.
    pub why: Blind,
    /// When it may be asked again.
    pub again_in: SignedDuration,
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

/// What a look is for: a mail, or a signal.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The invoices that it is about.
    pub invoices: &'a [Invoice],
    /// Those that are not due yet, of which it speaks besides.
    pub coming: &'a [Invoice],
    /// The steps that it says.
    pub steps: &'a [StepOf],
}

/// Judges the look for a mail or a signal, right before it is claimed. The file is as it was read, with all that the
/// look brought.
pub fn last_look(ctx: Context<'_>, file: &File, of: Subject<'_>, looked: &Looked) -> Sighted {
    let wants = wants(ctx, of);
    let look = match looked {
        _ if wants.look == LastLook::Off => return Sighted::Clear(None),
        Looked::NoKey if wants.is_said => {
            let blind = NotSeen {
                why: Blind::NoKey,
                again_in: ASK_AGAIN_IN,
            };
            return waits(ctx, file, of, blind);
        }
        Looked::NoKey => return Sighted::Clear(None),
        Looked::At(look) => look,
    };
    let held = hold_unseen(ctx, file, of, look);
    if !held.is_empty() {
        return Sighted::Waits(Box::new(held));
    }
    let missing: Vec<InvoiceId> = of
        .named()
        .filter(|id| !look.is_fresh(id, ctx.now))
        .cloned()
        .collect();
    match look.blind {
        _ if missing.is_empty() => Sighted::Clear(Some(by_look(of, look))),
        Some(NotSeen { why, .. }) if wants.look == LastLook::WhenItAnswers => {
            Sighted::Clear(Some(Line::of_debtor(What::NotLooked { why })))
        }
        Some(blind) => waits(ctx, file, of, blind),
        None => Sighted::Ask(missing),
    }
}

/// What the steps of a letter want.
struct Wants {
    look: LastLook,
    /// The policy says itself that nothing leaves without a look.
    is_said: bool,
}

/// The strictest of all steps that it says counts.
fn wants(ctx: Context<'_>, of: Subject<'_>) -> Wants {
    let said = |id: &StepId| ctx.policy.step(id);
    let steps = of.steps.iter().map(|carried| said(&carried.step));
    let looks = steps.map(|step| step.map_or(LastLook::Required, PolicyStep::last_look));
    let look = looks.min_by_key(|look| match look {
        LastLook::Required => 0,
        LastLook::WhenItAnswers => 1,
        LastLook::Off => 2,
    });
    let mut steps = of.steps.iter().filter_map(|carried| said(&carried.step));
    Wants {
        look: look.unwrap_or(LastLook::Required),
        is_said: steps.any(|step| {
            step.mail()
                .is_some_and(|mail| mail.last_look == Some(LastLook::Required))
        }),
    }
}

impl Look {
    /// Whether what was said of an invoice is good for a mail still.
    fn is_fresh(&self, invoice: &InvoiceId, now: Timestamp) -> bool {
        let seen = self.seen.get(invoice);
        seen.is_some_and(|(at, _)| now.duration_since(*at) <= LOOK_IS_GOOD_FOR)
    }
}

/// Whether a mail that was let leave by a look may still do so at this moment.
pub fn is_still_seen(letter: &Letter, looked: &Looked, now: Timestamp) -> bool {
    match looked {
        Looked::At(look) if look.blind.is_none() && !look.seen.is_empty() => {
            letter.subject().named().all(|id| look.is_fresh(id, now))
        }
        Looked::NoKey | Looked::At(_) => true,
    }
}

impl Letter {
    /// What a look for it is for.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            invoices: &self.invoices,
            coming: &self.coming,
            steps: &self.steps,
        }
    }
}

impl<'a> Subject<'a> {
    /// All that it names.
    fn named(self) -> impl Iterator<Item = &'a InvoiceId> {
        let invoices = self.invoices.iter().chain(self.coming);
        invoices.map(Invoice::id)
    }
}

/// What the tool does not show as owed waits, whatever it said of the rest.
fn hold_unseen(ctx: Context<'_>, file: &File, of: Subject<'_>, look: &Look) -> Change {
    let mut change = Change::default();
    for id in of.named() {
        if let Some((at, Seen::Unseen(why))) = look.seen.get(id)
            && let Some(known) = file.open.get(id)
            && let Some(held) = held(known, *why, *at)
        {
            change.take(known, plan(ctx, &held, &file.debtor));
        }
    }
    change
}

/// What the journal says of a look: of the oldest of its answers, and of what each shows.
fn by_look(of: Subject<'_>, look: &Look) -> Line {
    let seen = of.named().filter_map(|id| Some((id, look.seen.get(id)?)));
    let seen: Vec<_> = seen.collect();
    let at = seen.iter().map(|(_, (at, _))| *at).min();
    let saw = seen.into_iter().filter_map(|(id, (_, seen))| match seen {
        Seen::Owed(left) => Some(Saw {
            invoice: id.clone(),
            left: *left,
        }),
        Seen::Unseen(_) => None,
    });
    Line::of_debtor(What::Looked {
        at: at.unwrap_or(Timestamp::UNIX_EPOCH),
        saw: saw.collect(),
    })
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
fn waits(ctx: Context<'_>, file: &File, of: Subject<'_>, blind: NotSeen) -> Sighted {
    let NotSeen { why, again_in } = blind;
    let mut change = wait(ctx, file, again_in, Refusal::NoLook);
    change
        .journal
        .insert(0, Line::of_debtor(What::NotLooked { why }));
    let until = change.debtor.as_ref().and_then(|debtor| debtor.refused);
    let calendar = file.debtor.calendar(ctx.policy);
    let day = |at| calendar.day_of(at);
    let kind = match why {
        Blind::NoKey | Blind::KeyRefused | Blind::NotAllowed | Blind::Unaskable => {
            Some(NoticeKind::KeyRefused)
        }
        Blind::Busy | Blind::NoAnswer => until
            .filter(|refused| day(refused.until) > day(ctx.now))
            .map(|_| NoticeKind::ToolSilent),
    };
    let source = &file.debtor.key.realm.source;
    let notice = |kind| {
        Notice::new(kind, source.as_str())
            .of_debtor(&file.debtor)
            .worth(of.invoices)
    };
    change.notices.extend(kind.map(notice));
    Sighted::Waits(Box::new(change))
}
