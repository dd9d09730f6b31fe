//! The rules, as they are promised.

mod addresses;
mod balance;
mod common;
mod deciding;
mod facts;
mod keeping;
mod ladder;
mod living;
mod lowered;
mod lulls;
mod mailboxes;
mod merging;
mod movements;
mod notices;
mod payments;
mod planning;
mod policy;
mod restoring;
mod silence;
mod silenced;
mod unapplied;
mod wishes;
mod withdrawing;
mod words;
