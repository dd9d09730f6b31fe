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
mod table;
mod terms;

pub use company::{AccountNumber, BadIban, BankAccount, Company, OtherCompany, Sender};
pub use condition::{BadCondition, Condition};
pub use facts::{DebtorFacts, Facts, HistoryFacts, InvoiceFacts, Known};
pub use rhythm::{BadChaseFrom, ChaseFrom, FirstContact, Limits};
pub use sequence::{
    Anchor, Approval, Attach, Copied, Deed, LastLook, MailStep, Offset, PolicyStep, Required, Roll,
    Sequence, StepDate, TaskStep,
};
pub use table::{BadPolicy, Fault};
pub use terms::{Policy, PolicyVersion, Source};
