//! What a policy decides otherwise than another one: the one that is deployed now.

mod difference;
mod everywhere;
mod sequences;
mod steps;
mod words;

use std::path::Path;

use dunning::policy::Policy;

use self::difference::Difference;

/// What a policy changes against the one in that folder, as a person reads it.
pub(super) fn told(folder: &Path, before: &Policy, after: &Policy) -> String {
    let folder = folder.display();
    let difference = compare(before, after);
    if difference.is_none() {
        format!("\nAgainst {folder}, relance.toml changes nothing\n")
    } else {
        format!("\nAgainst {folder}, relance.toml changes this:\n{difference}")
    }
}

/// What is another in `after` than it is in `before`.
fn compare<'p>(before: &'p Policy, after: &'p Policy) -> Difference<'p> {
    Difference {
        everywhere: everywhere::compare(before, after),
        order: sequences::order(before, after),
        sequences: sequences::compare(before, after),
    }
}

#[cfg(test)]
mod tests;
