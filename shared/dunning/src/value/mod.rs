//! Values that cannot be wrong: parsed at the border, trusted afterwards.

mod addresses;
mod base;
mod contact;
mod ids;
mod link;
mod money;
mod nearest;
mod newer;
mod place;
mod position;
mod zone;

pub use addresses::{Addresses, UnusableAddress};
pub use base::{BadBase, BaseAddress};
pub use contact::{AddressFault, BadAddress, EmailAddress, MailboxId};
pub use ids::{
    AccountId, BadId, ClaimId, CustomerId, DebtorKey, EventId, FileKey, InvoiceId, Mode,
    MovementId, PaymentId, Realm, SignalName, SourceName, StepId,
};
pub use link::{BadLink, Link};
pub use money::{Currency, Money, PlainNumber};
pub use nearest::{did_you_mean, nearest};
pub use newer::Newer;
pub use place::{BadCode, Country, Language};
pub use position::line_and_column;
pub use zone::{BadZone, Zone, zone_of};
