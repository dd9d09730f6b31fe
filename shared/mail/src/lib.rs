//! The mail room: what is owed, in the words of a template, becomes a mail.
//!
//! A [`Letter`] holds the facts, [`Templates`] the words that the user of Relance edits, and
//! [`Templates::render`] makes subject, HTML and text of the two. Layout is MJML, logic is MiniJinja,
//! and one file a mail and language holds all its words. What comes from strangers (names, numbers,
//! links) is made harmless here, before a template sees it.

mod facts;
mod letter;
mod markup;
mod pace;
mod sample;
mod ses;
mod strangers;
mod templates;
mod writing;

pub use letter::{Letter, NoticeLine, Rendered, Row, TeamDigest};
pub use pace::Turn;
pub use ses::{BadTag, CLAIM_TAG, DEBTOR_TAG, Mail, Mailer, SendError, read_tag};
pub use templates::{TemplateError, Templates};
pub use writing::Writing;
