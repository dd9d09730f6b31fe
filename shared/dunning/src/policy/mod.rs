//! The policy: what a user decides about tone, rhythm and hours. Data, checked before it is trusted.

mod read;
mod terms;

pub use read::BadPolicy;
pub use terms::{
    BadChaseFrom, ChaseFrom, Company, FirstContact, Limits, Policy, PolicyStep, PolicyVersion,
    Sender, Source,
};
