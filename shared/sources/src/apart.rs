//! What is told of a customer apart from what it is like.

use dunning::billing::{CustomerFacts, Dated, Happened, Order, Pending, Unapplied};
use dunning::value::{InvoiceId, PaymentId};
use jiff::tz::TimeZone;

use crate::amount::{Amount, not_negative};
use crate::around::Around;
use crate::bad_field::{BadField, required};
use crate::canonical::{SaidAmount, SaidPending};
use crate::field::day;

/// What is told of a customer apart from what it is like.
pub(crate) struct Apart {
    pub(crate) pending: Option<SaidPending>,
    pub(crate) unapplied: Option<Vec<SaidAmount>>,
    pub(crate) deleted: Option<bool>,
}

impl Apart {
    pub(crate) fn is_some(&self) -> bool {
        self.pending.is_some() || self.unapplied.is_some() || self.deleted.is_some()
    }

    /// The invoice that a payment is for, where no more is told than that.
    pub(crate) fn invoice(&self) -> Option<InvoiceId> {
        let alone = self.unapplied.is_none() && self.deleted.is_none();
        let pending = self.pending.as_ref().filter(|_| alone);
        pending.and_then(|pending| pending.invoice.clone())
    }

    pub(crate) fn into_happened(self, around: &Around<'_>) -> Result<Happened, BadField> {
        let (payment, pending) =
            required("payment_pending", self.pending)?.into_pending(around.time_zone)?;
        Ok(Happened::Pending { payment, pending })
    }

    pub(crate) fn into_facts(
        self,
        order: Order,
        around: &Around<'_>,
    ) -> Result<CustomerFacts, BadField> {
        let by = around.by;
        let mut facts = CustomerFacts {
            deleted: self.deleted.map(|value| Dated { order, value, by }),
            ..CustomerFacts::default()
        };
        if let Some(pending) = self.pending {
            let (payment, value) = pending.into_pending(around.time_zone)?;
            facts.payments.insert(payment, Dated { order, value, by });
        }
        for (index, said) in self.unapplied.into_iter().flatten().enumerate() {
            let field = |name| format!("unapplied[{index}].{name}");
            let value = Amount::of(&field("currency"), said.currency, around.amounts)?
                .read(&field("amount"), said.amount)?;
            not_negative(&field("amount"), value)?;
            let told = Unapplied::told(Dated { order, value, by });
            if facts.unapplied.insert(value.currency, told).is_some() {
                return Err(BadField::new(&field("currency"), "stands there twice"));
            }
        }
        Ok(facts)
    }
}

impl SaidPending {
    fn into_pending(self, time_zone: &TimeZone) -> Result<(PaymentId, Pending), BadField> {
        let until = match self.ended {
            Some(true) => None,
            _ => Some(day(
                required("payment_pending.until", self.until)?,
                time_zone,
            )),
        };
        let pending = Pending {
            until,
            invoice: self.invoice,
        };
        Ok((required("payment_pending.payment", self.payment)?, pending))
    }
}
