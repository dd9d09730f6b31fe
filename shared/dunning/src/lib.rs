//! The pure core of Relance: what is owed, by whom, and when to write about it.
//!
//! The rooms, each of which knows only those above it:
//!
//! - [`value`]: money, ids, addresses, zones. Parsed at the border, trusted afterwards.
//! - [`calendar`]: the days and hours in which one may write.
//! - [`policy`]: what the user decides, read and checked.
//! - [`billing`]: what a tool tells, and where the debt stands by it.
//! - [`mod@file`]: the debtor, its invoices, their steps and holds, as they are stored.
//! - [`journal`]: what happened, in words; what the team must hear.
//! - [`rules`]: what changes in a file, and what is to be sent.
//!
//! Nothing here does I/O, waits, or looks at a clock: `now` is always handed in.

pub mod billing;
pub mod calendar;
pub mod file;
pub mod journal;
pub mod limits;
pub mod policy;
pub mod rules;
pub mod value;
