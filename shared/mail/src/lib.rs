//! The mail room: what is owed, in the words of a template, becomes a mail.
//!
//! A [`Letter`] holds what is owed, [`Templates`] the words, built in or the policy's own, and
//! [`Templates::render`] makes subject, HTML and text of the two. Layout is MJML, logic is MiniJinja,
//! and one file a mail and language holds all its words. What comes from untrusted (names, numbers,
//! links) is made harmless here, before a template sees it.

mod built_in;
mod check;
mod context;
mod error;
mod folder;
mod letter;
mod markup;
mod names;
mod own;
mod pace;
mod place;
mod sample;
mod ses;
mod suppression;
mod templates;
mod untrusted;
mod writing;

pub use built_in::{built_in_template, built_in_templates};
pub use error::TemplateError;
pub use letter::{Letter, MatterLine, NoticeLine, Rendered, Row, TeamLetter};
pub use pace::Turn;
pub use place::Place;
pub use sample::{Sample, samples, team_sample};
pub use ses::{
    Attachment, BadTag, CLAIM_TAG, DEBTOR_TAG, Mail, Mailer, PROBE_TAG, SendError, TO_TAG, read_tag,
};
pub use suppression::{Lifted, lift_suppression};
pub use templates::Templates;
pub use writing::Writing;
