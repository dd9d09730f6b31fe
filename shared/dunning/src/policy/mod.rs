//! The policy: what a user decides about tone, rhythm and hours. Data, checked before it is trusted.

mod hours;
mod read;
mod table;
mod terms;

pub use table::{BadPolicy, Fault};
pub use terms::{
    Attach, BadChaseFrom, ChaseFrom, Company, FirstContact, LastLook, Limits, Policy, PolicyStep,
    PolicyVersion, Sender, Source,
};
