//! Reminder dates in EventBridge Scheduler, and the knocks they make.
//!
//! A schedule carries no facts, only whose file to knock at ([`Knock`]); so one that fires late,
//! twice or never can do no harm. Schedules have deterministic names, so creating one twice or
//! deleting one that is gone is the same as doing it once.

mod error;
mod knock;
mod schedule;

pub use error::TimetableError;
pub use knock::{Knock, KnockQueue};
pub use schedule::{Timetable, schedule_name};
