//! What happened, and why, in words that a person can read back; and what the team must hear of it.

mod lines;
mod notices;
mod words;

pub use lines::{Blind, CallResult, CancelReason, Line, MoveReason, Saw, What};
pub use notices::{About, Notice, NoticeKind, Reader};
