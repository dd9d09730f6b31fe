//! Relance on one machine: the very functions that are deployed, the embedded AWS, and a clock that
//! can be turned.
//!
//! [`aws::Aws`] answers the functions' calls. [`World`] does what AWS does between the functions: it
//! carries stream records, messages, schedules and SES's events, in the order of their instants,
//! as the clock is turned. [`serve`] puts a world behind HTTP.

mod answer;
mod carrier;
pub mod events;
mod foresight;
mod functions;
mod hours;
mod instructions;
mod names;
mod page;
mod server;
mod world;

pub use functions::{Functions, Wiring};
pub use server::serve;
pub use world::{Mail, Settings, WallClock, World, WorldError, debtors};
