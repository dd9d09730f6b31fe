//! The rules, as they are promised.

mod common;
mod deciding;
mod merging;
mod movements;
mod planning;
mod restoring;
