//! What a billing tool tells: snapshots, movements, and where the debt stands by both.

mod balance;
mod contacts;
mod customer;
mod debt;
mod earlier;
mod event;
mod lowered;
mod movements;
mod reckoning;
mod settlement;
mod silence;
mod snapshot;
mod steering;
mod tags;
mod teller;

pub use contacts::{Contact, Role, debtors_addresses};
pub use customer::{AtWork, CustomerFacts, LetGo, Pending, Unapplied};
pub use debt::Debt;
pub use earlier::Earlier;
pub use event::{CustomerEvent, InvoiceEvent, MovementEvent, Subject};
pub use lowered::Lowered;
pub use movements::{Happened, Moved, Movement, MovementKind, Movements, Was};
pub use silence::{Left, Silence};
pub use snapshot::{
    Collection, Dated, DebtorKind, Instalment, Order, Profile, Reversals, Snapshot, Status,
};
pub use steering::{Numbers, Steering};
pub use tags::Tags;
pub use teller::By;
