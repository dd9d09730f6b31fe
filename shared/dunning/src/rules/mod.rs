//! The rules: what an event, a knock, SES's word or a person's changes in a file. Each takes what was
//! read, and says what is to be written; none does anything.

mod approval;
mod change;
mod choice;
mod context;
mod dates;
mod decide;
mod delivery;
mod explain;
mod holds;
mod import;
mod instalment;
mod instruction;
mod ladder;
mod look;
mod lull;
mod mailbox;
mod notices;
mod plan;
mod receive;
mod recipients;
mod rehearsal;
mod restore;
mod signals;
mod silence;
mod standing;
mod step_days;
mod tasks;
mod unheard;

pub use change::Change;
pub use choice::Identity;
pub use context::Context;
pub use dates::{Chosen, Dates, StepDay, dates};
pub use decide::{Decision, Letter, decide};
pub use delivery::{Delivery, Retry, record_delivery, refused, wait_for_quota, wait_for_template};
pub use holds::{Held, Silence, holds, is_source_refused, silence};
pub use import::{Before, ImportedOnly, Sent, if_let_in, let_imported_in, take_over};
pub use instalment::asked_for;
pub use instruction::{Instruction, instruct};
pub use look::{
    ASK_AGAIN_IN, Look, Looked, NotSeen, Seen, Sighted, Subject, is_still_seen, last_look,
    not_shown,
};
pub use mailbox::{Admission, ask_mailbox, freed, let_go, note_trouble};
pub use notices::{Heard, Matter, TeamMail, TeamMailLine, decide_team, notices_since, readers};
pub use plan::{Planned, plan};
pub use receive::{
    Known, is_known, is_known_customer, receive, receive_customer, receive_movement, replan,
    withdraw,
};
pub use recipients::{Copies, copies};
pub use restore::{Found, Gap, restore};
pub use signals::hand_over;
pub use silence::wait_for_answer;
pub use standing::due_on;
pub use tasks::missing;
