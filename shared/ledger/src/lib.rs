//! The debtor's file in DynamoDB: one partition per debtor, and every change one conditional
//! transaction.
//!
//! What is read comes as the [`Basis`] of a change; what is written ([`Commit`]) is guarded by it, so
//! whoever is overtaken knows it, reads again and decides again: [`Ledger::update`] is the only way in.
//! The keys stand in `keys.rs`, the items in `items.rs`, and nowhere else.

mod basis;
mod calls;
mod commit;
mod comparison;
mod deliveries;
mod erase;
mod error;
mod import;
mod instructions;
mod items;

pub mod keys;
mod marker;
mod pointer;
mod probe;
mod protection;
mod read;
mod reception;
mod replan;
mod restore;
#[cfg(test)]
mod stored_form;
mod sweep;
mod table;
mod team;
mod transaction;
mod unknown_fields;
mod update;

pub use basis::{Basis, Shelf, StoredFile};
pub use calls::{Places, Rate};
pub use commit::{Commit, MovedFrom};
pub use comparison::{Comparison, Listed};
pub use deliveries::{Delivery, DeliveryPage, DeliveryPlace};
pub use erase::Erased;
pub use error::LedgerError;
pub use import::{Import, LetIn};
pub use instructions::Target;
pub use items::{AsRead, Entry, Stored};
pub use marker::{Mark, Seen};
pub use pointer::{Parked, PaymentLink, Pointer};
pub use read::{EventView, Signal, debtor_image, invoice_image, journal_image, signal_image};
pub use replan::{Page, Place, Replanned};
pub use restore::Restored;
pub use sweep::Rehearsal;
pub use table::{Changed, Ledger, Watch};
pub use team::InboxEntry;
pub use update::{Proposal, Reading, Updated};
