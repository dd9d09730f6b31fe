//! The mails of the default policy, as people get them.

mod examples;
mod golden;
mod hostile;
mod letters;
mod policy;
mod visible;
