//! The rules, as they are promised.

mod apart;
mod common;
mod deciding;
mod merging;
mod planning;
