//! Takes what a billing tool says into the debtor's file: reads what an event touches, merges, and writes it in one
//! transaction.
//!
//! Who said it, and how it was proved, is the business of whoever calls: a webhook's event and an answer to a question
//! are merged alike.

mod again;
mod by_hand;
mod customer;
mod intake;
mod invoice;
mod movement;
mod taken;

pub use crate::intake::Intake;
pub use crate::taken::Taken;
