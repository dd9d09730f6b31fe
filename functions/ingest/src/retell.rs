//! `relance retell`: a delivery that was kept is translated again, by the filters of today.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use dunning::billing::By;
use dunning::value::{EventId, InvoiceId, Realm, SourceName};
use jiff::civil::Date;
use ledger::{Delivery, DeliveryPlace, LedgerError, Seen};
use sources::{Request, Translation, Translations, Untranslatable, Verified};

use crate::packed::unpacked;
use crate::rejection::Rejection;
use crate::take::WayIn;
use crate::taken::Taken;
use crate::wiring::Ingest;

/// As many events of one delivery are looked for that it does not tell of any more.
const EVENTS: usize = 20;

/// As many keys are read together, by DynamoDB's word.
const TOGETHER: usize = 100;

/// What became of a delivery that was told again.
#[derive(Debug, Default)]
pub struct Retold {
    /// What became of each of its events.
    pub taken: Vec<Taken>,
    /// What makes no sense, still or by now.
    pub nonsense: Vec<String>,
}

/// Why a delivery was not told again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotRetold(String);

impl From<Rejection> for NotRetold {
    fn from(why: Rejection) -> Self {
        Self(why.to_string())
    }
}

impl From<LedgerError> for NotRetold {
    fn from(why: LedgerError) -> Self {
        Self(why.to_string())
    }
}

/// Which deliveries are told again.
#[derive(Debug, Clone)]
pub struct Which<'a> {
    /// Of this source.
    pub source: &'a SourceName,
    /// Of these days, in UTC.
    pub days: RangeInclusive<Date>,
    /// Only what speaks of this invoice, or once did.
    pub only: Option<&'a InvoiceId>,
}

impl Ingest {
    /// Tells kept deliveries again, each twice: what one of them withdraws may have hidden what another
    /// says, and that comes back the second time.
    pub async fn retell_all(
        &self,
        which: &Which<'_>,
        mut each: impl FnMut(&Delivery, Result<Retold, NotRetold>),
    ) -> Result<(), LedgerError> {
        for _ in 0..2 {
            self.retell_days(which, &mut each).await?;
        }
        Ok(())
    }

    /// The same once: what it says of a table that is only tried.
    pub async fn retell_days(
        &self,
        which: &Which<'_>,
        mut each: impl FnMut(&Delivery, Result<Retold, NotRetold>),
    ) -> Result<(), LedgerError> {
        let (source, only) = (which.source, which.only);
        let mut day = *which.days.start();
        while day <= *which.days.end() {
            let mut place = Some(DeliveryPlace::default());
            while let Some(from) = place {
                let page = self.ledger.deliveries(source, day, from).await?;
                for delivery in &page.deliveries {
                    each(
                        delivery,
                        Box::pin(self.retell(source, delivery, only)).await,
                    );
                }
                for name in page.unreadable {
                    tracing::error!(delivery = name, "delivery left out");
                }
                place = page.next;
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        Ok(())
    }

    /// Tells a delivery again: what it said by an earlier translation is withdrawn. With an invoice, only a
    /// delivery that speaks of it, or once did.
    pub async fn retell(
        &self,
        source: &SourceName,
        delivery: &Delivery,
        only: Option<&InvoiceId>,
    ) -> Result<Retold, NotRetold> {
        let way_in = self.way_in(source)?;
        let body = unpacked(&delivery.packed).map_err(|why| NotRetold(why.to_string()))?;
        let headers = delivery.headers.iter();
        let headers: Vec<(&str, &str)> = headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let verified = Verified::kept(Request::new(&headers, &body)).come_at(delivery.at);
        let said = match way_in.tool.translate(verified, way_in.settings, source) {
            Ok(said) => said,
            Err(Untranslatable::Misconfigured(why)) => return Err(Rejection::from(why).into()),
            Err(why) => {
                return Ok(Retold {
                    nonsense: vec![why.to_string()],
                    ..Retold::default()
                });
            }
        };
        let marked = self.marked(&way_in, verified, &said).await?;
        let speaks = |invoice: &InvoiceId| {
            let now = said
                .iter()
                .flatten()
                .any(|said| said.invoice() == Some(invoice));
            now || marked
                .iter()
                .any(|marked| marked.seen.invoice.as_ref() == Some(invoice))
        };
        if only.is_some_and(|invoice| !speaks(invoice)) {
            return Ok(Retold::default());
        }
        for Marked {
            realm,
            event,
            by,
            seen,
        } in &marked
        {
            if said.iter().flatten().any(|said| said.id() == Some(event)) {
                continue;
            }
            let intake = self.intake();
            intake.withdraw_event(realm, event, *by, seen).await?;
        }
        let mut retold = Retold::default();
        for said in said {
            match said {
                Ok(Translation::OtherMode { .. }) => retold.taken.push(Taken::OtherMode),
                Ok(said) => retold.taken.push(way_in.take_one(said).await?),
                Err(nonsense) => retold.nonsense.push(nonsense.to_string()),
            }
        }
        Ok(retold)
    }

    /// What was taken in of the delivery before: under the ids that its events have, and under those that
    /// they may have had when its filter said more.
    async fn marked(
        &self,
        way_in: &WayIn<'_>,
        verified: Verified<'_>,
        said: &Translations,
    ) -> Result<Vec<Marked>, NotRetold> {
        let named = way_in.tool.named(verified, way_in.name);
        let Some((id, by)) = named.ok().and_then(|named| Some((named.id?, named.by))) else {
            return Ok(Vec::new());
        };
        let numbered = (0..EVENTS).map(|index| format!("{id}/{index}"));
        let numbered = numbered.filter_map(|id| EventId::parse(id).ok());
        let own = said.iter().flatten().filter_map(Translation::id).cloned();
        let events: BTreeSet<EventId> = numbered.chain([id.clone()]).chain(own).collect();
        let events: Vec<EventId> = events.into_iter().collect();
        let told = said
            .iter()
            .flatten()
            .filter_map(Translation::realm)
            .cloned();
        let realms: BTreeSet<Realm> = told.chain([way_in.usual_realm()]).collect();
        let mut marked = Vec::new();
        for realm in &realms {
            for some in events.chunks(TOGETHER) {
                let seen = self.ledger.seen(realm, some).await?;
                marked.extend(seen.into_iter().map(|(event, seen)| Marked {
                    realm: realm.clone(),
                    event,
                    by,
                    seen,
                }));
            }
        }
        Ok(marked)
    }
}

/// An event that was taken in.
struct Marked {
    realm: Realm,
    event: EventId,
    by: By,
    seen: Seen,
}
