//! Whose an invoice is, and for which invoice a payment was; and what was told before either is known.

use dunning::billing::{By, Movements};
use dunning::value::{DebtorKey, InvoiceId, PaymentId, Realm};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::items::{AsRead, Item, from_item, text, to_item};
use crate::keys::{Key, Pointed, pointed};
use crate::marker::Mark;
use crate::table::Ledger;
use crate::transaction::Transaction;
use crate::unknown_fields::Rewrite;

/// Where something leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Pointer<T> {
    /// Nobody has told yet; this was told of it meanwhile, if anything.
    Unknown(Option<Box<Parked>>),
    /// Here.
    To(T),
}

/// What was told of something before it was known where it leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// Guards the next write.
    pub(crate) read: AsRead,
    /// What was told.
    pub movements: Movements,
}

/// A payment that is known by now, with what was told of it before.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentLink {
    pub(crate) payment: PaymentId,
    pub(crate) invoice: InvoiceId,
    pub(crate) read: Option<AsRead>,
}

/// A pointer that leads nowhere yet.
#[derive(Serialize, Deserialize)]
pub(crate) struct ParkedItem {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    version: u64,
    #[serde(rename = "apart")]
    movements: Movements,
}

/// A pointer from a payment.
#[derive(Serialize, Deserialize)]
pub(crate) struct PaymentItem {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    invoice: InvoiceId,
}

/// A pointer from an invoice.
#[derive(Deserialize)]
struct OwnerItem {
    debtor: DebtorKey,
}

impl<T> Pointer<T> {
    /// What was told before it was known where it leads.
    pub fn parked(&self) -> Movements {
        match self {
            Self::Unknown(Some(parked)) => parked.movements.clone(),
            Self::Unknown(None) | Self::To(_) => Movements::default(),
        }
    }

    fn read<I: DeserializeOwned>(
        item: Option<Item>,
        name: &str,
        to: impl Fn(I) -> T,
    ) -> Result<Self, LedgerError> {
        Ok(match item {
            None => Self::Unknown(None),
            Some(item) if item.contains_key(name) => Self::To(to(from_item(item)?)),
            Some(item) => {
                let ParkedItem {
                    version, movements, ..
                } = from_item(item.clone())?;
                let read = AsRead::new(version, item);
                Self::Unknown(Some(Box::new(Parked { read, movements })))
            }
        })
    }
}

/// Reads the pointer of an invoice.
pub(crate) fn owner(item: Option<Item>) -> Result<Pointer<DebtorKey>, LedgerError> {
    Pointer::read(item, "debtor", |OwnerItem { debtor }| debtor)
}

impl PaymentLink {
    /// Writes the pointer, for good.
    pub(crate) fn put(&self, realm: &Realm, to: &mut Transaction) -> Result<(), LedgerError> {
        let Key { pk, sk } = Key::payment(realm, &self.payment);
        let item = PaymentItem {
            pk,
            sk,
            invoice: self.invoice.clone(),
        };
        let mut item = to_item(&item)?;
        if let Some(parked) = &self.read {
            keep(parked, &mut item)?;
        }
        to.put_guarded(item, self.read.as_ref());
        Ok(())
    }
}

impl Ledger {
    /// Whose an invoice is.
    pub async fn pointer(
        &self,
        realm: &Realm,
        invoice: &InvoiceId,
    ) -> Result<Pointer<DebtorKey>, LedgerError> {
        owner(self.get(Key::pointer(realm, invoice)).await?)
    }

    /// For which invoice a payment was.
    pub async fn payment(
        &self,
        realm: &Realm,
        payment: &PaymentId,
    ) -> Result<Pointer<InvoiceId>, LedgerError> {
        let item = self.get(Key::payment(realm, payment)).await?;
        Pointer::read(item, "invoice", |PaymentItem { invoice, .. }| invoice)
    }

    /// Keeps what was told of a payment until its invoice is known. A lost race is the caller's.
    pub async fn park_at_payment(
        &self,
        realm: &Realm,
        payment: &PaymentId,
        parked: Option<&Parked>,
        told: Movements,
        event: Option<(&Mark, Timestamp)>,
    ) -> Result<(), LedgerError> {
        let mut transaction = Transaction::new(&self.table);
        park(&mut transaction, Key::payment(realm, payment), parked, told)?;
        if let Some((mark, now)) = event {
            mark.put(realm, now, &mut transaction)?;
        }
        transaction.write(self).await
    }

    /// Keeps what was told of an invoice until it is known whose it is. A lost race is the caller's.
    pub async fn park_at_invoice(
        &self,
        realm: &Realm,
        invoice: &InvoiceId,
        parked: Option<&Parked>,
        told: Movements,
        link: Option<&PaymentLink>,
        event: Option<(&Mark, Timestamp)>,
    ) -> Result<(), LedgerError> {
        let mut transaction = Transaction::new(&self.table);
        park(&mut transaction, Key::pointer(realm, invoice), parked, told)?;
        if let Some(link) = link {
            link.put(realm, &mut transaction)?;
        }
        if let Some((mark, now)) = event {
            mark.put(realm, now, &mut transaction)?;
        }
        transaction.write(self).await
    }

    /// Takes back what a delivery said, by an earlier translation, of an invoice that is not known yet.
    pub async fn unpark(
        &self,
        realm: &Realm,
        invoice: &InvoiceId,
        parked: Option<Box<Parked>>,
        by: By,
    ) -> Result<(), LedgerError> {
        let Some(parked) = parked else {
            return Ok(());
        };
        let Parked { read, movements } = *parked;
        let left = movements.clone().withdraw(by);
        if left == movements {
            return Ok(());
        }
        let parked = Parked {
            read,
            movements: left,
        };
        let nothing = Movements::default();
        self.park_at_invoice(realm, invoice, Some(&parked), nothing, None, None)
            .await
    }

    /// How a payment that an event names is to be linked to its invoice; `None` where it is already.
    /// With what was told of the payment before.
    pub async fn link(
        &self,
        realm: &Realm,
        payment: &PaymentId,
        invoice: &InvoiceId,
    ) -> Result<(Option<PaymentLink>, Movements), LedgerError> {
        let pointer = self.payment(realm, payment).await?;
        let told = pointer.parked();
        let read = match pointer {
            Pointer::To(_) => return Ok((None, told)),
            Pointer::Unknown(parked) => parked.map(|parked| parked.read),
        };
        let link = PaymentLink {
            payment: payment.clone(),
            invoice: invoice.clone(),
            read,
        };
        Ok((Some(link), told))
    }
}

/// Pointers of a backup. What is known here counts; what was parked there is parked here, too.
impl Ledger {
    /// Brings a pointer back. Gives what must be told again by the tool, where it leads somewhere by now.
    pub(crate) async fn restore_pointer(&self, item: Item) -> Result<Option<String>, LedgerError> {
        match pointed(&text(&item, "PK")) {
            Some(Pointed::Payment(realm, payment)) => {
                let read = |PaymentItem { invoice, .. }: PaymentItem| invoice;
                let backup = Pointer::read(Some(item), "invoice", read)?;
                self.restore_payment(&realm, &payment, backup).await
            }
            Some(Pointed::Invoice(realm, invoice)) => {
                let told = owner(Some(item))?.parked();
                self.restore_parked(&realm, &invoice, told).await
            }
            None => Ok(None),
        }
    }

    async fn restore_payment(
        &self,
        realm: &Realm,
        payment: &PaymentId,
        backup: Pointer<InvoiceId>,
    ) -> Result<Option<String>, LedgerError> {
        let live = self.payment(realm, payment).await?;
        let told = backup.parked().merge(live.parked());
        let (invoice, read) = match (&live, backup) {
            (Pointer::To(invoice), _) => return self.restore_parked(realm, invoice, told).await,
            (Pointer::Unknown(live), Pointer::Unknown(_)) => {
                if !told.is_empty() {
                    self.park_at_payment(realm, payment, live.as_deref(), told, None)
                        .await?;
                }
                return Ok(None);
            }
            (Pointer::Unknown(live), Pointer::To(invoice)) => {
                (invoice, live.as_ref().map(|live| live.read.clone()))
            }
        };
        let again = self.restore_parked(realm, &invoice, told).await?;
        let mut transaction = Transaction::new(&self.table);
        let link = PaymentLink {
            payment: payment.clone(),
            invoice,
            read,
        };
        link.put(realm, &mut transaction)?;
        transaction.write(self).await?;
        Ok(again)
    }

    /// Parks what was told of an invoice, unless it is known by now.
    async fn restore_parked(
        &self,
        realm: &Realm,
        invoice: &InvoiceId,
        told: Movements,
    ) -> Result<Option<String>, LedgerError> {
        if told.is_empty() {
            return Ok(None);
        }
        match self.pointer(realm, invoice).await? {
            Pointer::Unknown(parked) => {
                self.park_at_invoice(realm, invoice, parked.as_deref(), told, None, None)
                    .await?;
                Ok(None)
            }
            Pointer::To(debtor) => {
                let known = self.invoice(&debtor, invoice).await?;
                let has_it = known.is_some_and(|known| {
                    let apart = known.debt.movements;
                    apart.clone().merge(told) == apart
                });
                Ok((!has_it).then(|| {
                    format!("{invoice} of {debtor}: payments or reversals were told before the invoice; let the tool tell them again")
                }))
            }
        }
    }
}

fn park(
    transaction: &mut Transaction,
    Key { pk, sk }: Key,
    parked: Option<&Parked>,
    told: Movements,
) -> Result<(), LedgerError> {
    let item = |version, movements| {
        to_item(&ParkedItem {
            pk,
            sk,
            version,
            movements,
        })
    };
    let (item, read) = match parked {
        None => (item(1, told)?, None),
        Some(Parked { read, movements }) => {
            let merged = movements.clone().merge(told).bounded();
            let mut item = item(read.version + 1, merged)?;
            keep(read, &mut item)?;
            (item, Some(read))
        }
    };
    transaction.put_guarded(item, read);
    Ok(())
}

/// Keeps what a newer version put beside what is parked. Whatever it parks must stand in `apart`: once the
/// pointer leads somewhere, nobody looks at the rest.
fn keep(parked: &AsRead, new: &mut Item) -> Result<(), LedgerError> {
    let understood: ParkedItem = from_item(parked.item().clone())?;
    let rewrite = Rewrite {
        read: parked.item(),
        understood: &to_item(&understood)?,
        vessels: &["apart", "apart.movements"],
    };
    rewrite.keep(new);
    Ok(())
}
