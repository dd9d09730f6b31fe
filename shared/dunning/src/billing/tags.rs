//! What a tool's users noted of an invoice or a debtor, in words of their own.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{MOST_TAGS, TAG_NAME, TAG_TEXT, TAGS_BYTES};

/// Names with a text each; a label without a value has an empty one. What goes beyond their limits is left out.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Of names and texts, in any order. A name that is too long is left out, since half of it may be another's;
    /// of a text the beginning is kept.
    pub fn of(told: impl IntoIterator<Item = (String, String)>) -> Self {
        let named = |name: &String| !name.is_empty() && name.chars().count() <= TAG_NAME;
        let told = told.into_iter().filter(|(name, _)| named(name));
        let whole: BTreeMap<String, String> = told
            .map(|(name, text)| (name, text.chars().take(TAG_TEXT).collect()))
            .collect();
        Self(whole).bounded()
    }

    /// The same, with those of others whose names it does not have.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        for (name, text) in &others.0 {
            self.0.entry(name.clone()).or_insert_with(|| text.clone());
        }
        self.bounded()
    }

    fn bounded(self) -> Self {
        let mut bytes = 0;
        let fits = |(name, text): &(String, String)| {
            bytes += name.len() + text.len();
            bytes <= TAGS_BYTES
        };
        Self(
            self.0
                .into_iter()
                .take(MOST_TAGS)
                .take_while(fits)
                .collect(),
        )
    }

    /// The text of one, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them, by their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What people note may be an address: the names alone show.
impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(told: &[(&str, &str)]) -> Tags {
        let told = told.iter();
        Tags::of(told.map(|(name, text)| ((*name).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn what_goes_beyond_the_limits_is_left_out_and_nothing_is_refused() {
        let many = (0..80).map(|n| (format!("tag {n:02}"), "x".repeat(300)));
        let kept = Tags::of(many);
        assert!((1..=MOST_TAGS).contains(&kept.iter().count()));
        assert!(kept.iter().all(|(_, text)| text.len() == TAG_TEXT));
        let few = Tags::of((0..80).map(|n| (format!("tag {n:02}"), String::new())));
        assert_eq!(few.iter().count(), MOST_TAGS);
        assert_eq!(few.get("tag 00"), Some(""));
        let long = "é".repeat(TAG_NAME + 1);
        let kept = tags(&[(&long, "a"), ("", "b"), ("é", "c")]);
        assert_eq!(kept.iter().collect::<Vec<_>>(), [("é", "c")]);
    }

    #[test]
    fn what_is_written_by_many_bytes_keeps_to_the_size_of_an_item() {
        let kept = Tags::of((0..50).map(|n| (format!("{n:02}"), "漢".repeat(200))));
        let bytes: usize = kept
            .iter()
            .map(|(name, text)| name.len() + text.len())
            .sum();
        assert!(bytes <= TAGS_BYTES && !kept.is_empty(), "{bytes}");
    }

    #[test]
    fn what_people_note_does_not_show_in_debug_output() {
        let noted = tags(&[("seen by", "jean@example.com")]);
        assert_eq!(format!("{noted:?}"), "{\"seen by\"}");
    }

    #[test]
    fn of_two_of_one_name_the_own_counts() {
        let both =
            tags(&[("tier", "gold"), ("vip", "")]).and(&tags(&[("tier", "x"), ("zone", "n")]));
        assert_eq!(both, tags(&[("tier", "gold"), ("vip", ""), ("zone", "n")]));
    }
}
