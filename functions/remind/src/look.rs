//! The last look: the billing tool is asked right before a mail leaves.

use std::collections::BTreeMap;
use std::time::Duration;

use asking::{Looking, Way};
use dunning::billing::{Collection, Snapshot};
use dunning::file::{File, Invoice};
use dunning::journal::Blind;
use dunning::limits::{LOOKS_ONE_BY_ONE, MOST_INVOICES};
use dunning::rules::{
    ASK_AGAIN_IN, Change, Context, Letter, Look, Looked, NotSeen, Seen, Sighted, is_still_seen,
    last_look,
};
use dunning::value::{DebtorKey, InvoiceId, Link};
use intake::Intake;
use jiff::Timestamp;
use ledger::LedgerError;
use runtime::{Metric, count};
use sources::Translation;
use tokio::time::Instant;

use crate::apart::Apart;
use crate::attach::{Fetched, attached};
use crate::{Remind, RemindError};

/// How often a tool is asked for one knock: once, and again where what it said changed what is due.
const MOST_GLANCES: u32 = 4;
/// So long after a knock no mail is claimed by it any more: the function must have time for SES, and for what SES says.
const LATEST: Duration = Duration::from_secs(35);

/// What was seen of the tool's books for this knock.
#[derive(Debug)]
pub(crate) struct Glances {
    looked: Looked,
    times: u32,
    began: Instant,
    /// The links that the tool gave with its answers: they live longer than those that it gave before.
    links: Links,
    /// What was fetched to be attached.
    pub(crate) fetched: Fetched,
    /// How many invoices a mail may be about.
    carries: usize,
}

impl Glances {
    /// What is decided by, for a mail that is about no more than is looked at.
    pub(crate) fn limit<'a>(&self, ctx: Context<'a>) -> Context<'a> {
        Context {
            carries: self.carries,
            ..ctx
        }
    }

    /// An invoice as a mail shows it: with the links that the tool gave last.
    pub(crate) fn freshened(&self, mut balance: Snapshot) -> Snapshot {
        if let Some((pay_url, pdf_url)) = self.links.get(&balance.id) {
            // What it does not give when it is asked, it may have told.
            balance.pay_url = pay_url.clone().or(balance.pay_url);
            balance.pdf_url = pdf_url.clone().or(balance.pdf_url);
        }
        balance
    }

    /// What was seen.
    pub(crate) fn looked(&self) -> &Looked {
        &self.looked
    }

    /// Whether it is too late for a mail by this knock.
    pub(crate) fn are_late(&self) -> bool {
        self.began.elapsed() > LATEST
    }

    /// Whether what was seen is good for a letter at this moment still.
    pub(crate) fn are_good_for(&self, letter: &Letter, now: Timestamp) -> bool {
        is_still_seen(letter, &self.looked, now)
    }

    /// Whether a sum may be told of an invoice that a mail does not name: as owed by the tool, where that was asked.
    fn shows(&self, invoice: &Invoice) -> bool {
        match &self.looked {
            Looked::At(look) if look.seen.is_empty() => true,
            Looked::At(look) => {
                let seen = look.seen.get(invoice.id());
                matches!(seen, Some((_, Seen::Owed(_))))
            }
            Looked::NoKey => true,
        }
    }
}

/// Whether a mail may leave, by what was seen of the tool's books.
pub(crate) enum Sight<'f> {
    /// It may, with this claim, and with what else is past due.
    Clear(Box<Change>, Vec<&'f Invoice>),
    /// The tool is to be asked for these first.
    Ask(BTreeMap<InvoiceId, Collection>),
    /// These are to be fetched first, to be attached.
    Fetch(Vec<Snapshot>),
    /// It may not.
    Waits(Box<Change>),
}

/// An invoice's links: to pay, and to its PDF.
type Links = BTreeMap<InvoiceId, (Option<Link>, Option<Link>)>;

fn links(invoice: &Snapshot) -> (Option<Link>, Option<Link>) {
    (invoice.pay_url.clone(), invoice.pdf_url.clone())
}

/// What a mail names, and as much of what it only sums up as is asked for one by one.
pub(crate) fn with_room(
    file: &File,
    mut wanted: Vec<InvoiceId>,
    elsewhere: &[&Invoice],
) -> BTreeMap<InvoiceId, Collection> {
    if wanted.len() + elsewhere.len() <= LOOKS_ONE_BY_ONE {
        wanted.extend(elsewhere.iter().map(|invoice| invoice.id().clone()));
    }
    let known = |id: InvoiceId| {
        let collection = file.open.get(&id)?.balance().collection;
        Some((id, collection))
    };
    wanted.into_iter().filter_map(known).collect()
}

impl Remind {
    /// Before anything is seen. Where there is no key to ask by, nothing will be.
    pub(crate) async fn begin(&self, debtor: &DebtorKey) -> Glances {
        let way: Apart<'_, Way> = Box::pin(self.asker.way(&debtor.realm.source));
        let way = way.await;
        let looked = match way {
            Way::None => Looked::NoKey,
            Way::OneByOne | Way::ByCustomer => Looked::At(Look::default()),
        };
        Glances {
            looked,
            times: 0,
            began: Instant::now(),
            links: Links::default(),
            fetched: Fetched::default(),
            carries: match way {
                Way::OneByOne => LOOKS_ONE_BY_ONE,
                Way::None | Way::ByCustomer => MOST_INVOICES,
            },
        }
    }

    /// Judges the look for a mail that is due.
    pub(crate) fn seen<'f>(
        &self,
        ctx: Context<'_>,
        file: &'f File,
        letter: &Letter,
        mut claim: Change,
        glances: &Glances,
    ) -> Sight<'f> {
        let mut elsewhere = self.elsewhere(file, letter, &claim);
        match last_look(ctx, file, letter.subject(), &glances.looked) {
            Sighted::Ask(invoices) => Sight::Ask(with_room(file, invoices, &elsewhere)),
            Sighted::Waits(change) => Sight::Waits(change),
            Sighted::Clear(_)
                if self.attaches(letter) && !glances.fetched.is_enough_for(letter) =>
            {
                let invoices = attached(letter);
                let shown =
                    invoices.map(|invoice| glances.freshened(invoice.balance().into_owned()));
                Sight::Fetch(shown.collect())
            }
            Sighted::Clear(line) => {
                let missing = glances.fetched.missing(letter);
                claim.journal.splice(0..0, line.into_iter().chain(missing));
                elsewhere.retain(|invoice| glances.shows(invoice));
                Sight::Clear(Box::new(claim), elsewhere)
            }
        }
    }

    /// Asks the tool, and takes into the file what it says.
    pub(crate) async fn ask(
        &self,
        debtor: &DebtorKey,
        invoices: &BTreeMap<InvoiceId, Collection>,
        glances: &mut Glances,
    ) -> Result<(), RemindError> {
        let Looked::At(look) = &mut glances.looked else {
            return Ok(());
        };
        glances.times += 1;
        if glances.times > MOST_GLANCES {
            // What is due changes with each look.
            look.blind = Some(NotSeen {
                why: Blind::Busy,
                again_in: ASK_AGAIN_IN,
            });
            return Ok(());
        }
        let looking: Apart<'_, Looking> = Box::pin(self.asker.look(debtor, invoices));
        let looking = looking.await;
        look.seen.extend(looking.seen);
        look.blind = looking.blind;
        if looking.is_listed_badly {
            glances.carries = LOOKS_ONE_BY_ONE;
        }
        if let Some(NotSeen { why, .. }) = looking.blind {
            count(Metric::LooksFailed(why.as_str()), 1, self.clock.now());
        }
        let shown = looking.said.iter().filter_map(Translation::shown);
        let fresh = shown.map(|event| (event.invoice.id.clone(), links(&event.invoice)));
        glances.links.extend(fresh);
        for said in &looking.said {
            let taken: Apart<'_, Result<(), LedgerError>> = Box::pin(self.take(said));
            taken.await?;
        }
        Ok(())
    }

    async fn take(&self, said: &Translation) -> Result<(), LedgerError> {
        let intake = Intake {
            ledger: &self.ledger,
            policy: &self.policy,
            clock: &self.clock,
            retells: false,
        };
        match said {
            Translation::Invoice(event) => intake.take_answer(event).await.map(|_| ()),
            Translation::Movement(event) => intake.take_movement(event).await.map(|_| ()),
            Translation::Customer(event) => intake.take_customers_answer(event).await.map(|_| ()),
            Translation::Ignored { .. } | Translation::OtherMode { .. } => Ok(()),
        }
    }
}
