//! The policy: what a user decides about tone, rhythm and hours. Data, checked before it is trusted.

mod companies;
mod company;
mod condition;
mod facts;
mod hours;
mod ladders;
mod read;
mod rhythm;
mod sequence;
mod step_date;
mod table;
mod terms;

pub use company::{AccountNumber, BadIban, BankAccount, Company, OtherCompany, Sender};
pub use condition::{BadCondition, Condition};
pub use facts::{DebtorFacts, Facts, HistoryFacts, InvoiceFacts, Known};
pub use rhythm::{BadChaseFrom, ChaseFrom, FirstContact, Limits};
pub use sequence::{
    Approval, Attach, Copied, Deed, LastLook, MailStep, PolicyStep, Required, Roll, Sequence,
    SignalStep, TaskStep,
};
pub use step_date::{Anchor, Offset, StepDate};
pub use table::{BadPolicy, Fault};
pub use terms::{Policy, PolicyVersion, Source};

/// The JSON Schema of `relance.toml`, for editors: its keys, with what each says. What it lets pass is still read and
/// checked by [`Policy::parse`].
pub const SCHEMA: &str = include_str!("schema.json");
