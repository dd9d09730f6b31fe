//! The pure core of Relance: what is owed, by whom, and when to write about it.
//!
//! Three functions hold all the rules. [`facts::Told::merge`] makes one picture out of all that a
//! billing tool told, in whatever order it came. [`plan::plan`] gives an invoice its dunning steps
//! with their instants. [`decide::decide`] looks at a debtor's whole file when somebody knocks, and
//! says what is to be written and what is to be sent. Nothing here does I/O, waits, or looks at a
//! clock: `now` is always handed in.

pub mod apart;
pub mod calendar;
pub mod change;
pub mod decide;
pub mod facts;
pub mod file;
pub mod ids;
pub mod journal;
pub mod money;
pub mod pause;
pub mod people;
pub mod plan;
pub mod policy;
mod reckoning;
pub mod restore;
pub mod settle;
pub mod team;
