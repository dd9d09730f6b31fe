//! Chance that can be told again: each throw is decided by the seed and by its own name, so that leaving one
//! out changes no other.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;

/// The dice of one history.
#[derive(Clone)]
pub(crate) struct Dice {
    seed: u64,
    silenced: Arc<BTreeSet<String>>,
    struck: Arc<Mutex<BTreeSet<String>>>,
}

impl Dice {
    /// Dice of a seed; what is silenced does not happen.
    pub(crate) fn new(seed: u64, silenced: &BTreeSet<String>) -> Self {
        Self {
            seed,
            silenced: Arc::new(silenced.clone()),
            struck: Arc::default(),
        }
    }

    /// A number below `end`.
    pub(crate) fn below(&self, name: impl Hash, end: u64) -> u64 {
        hash((self.seed, name)) % end
    }

    /// One of several.
    pub(crate) fn one_of<'a, T>(&self, name: impl Hash, of: &'a [T]) -> &'a T {
        let index = self.below(name, of.len() as u64);
        &of[usize::try_from(index).expect("an index of a slice")]
    }

    /// A span shorter than `end`, in milliseconds.
    pub(crate) fn span(&self, name: impl Hash, end: SignedDuration) -> SignedDuration {
        let end = u64::try_from(end.as_millis()).unwrap_or_default().max(1);
        SignedDuration::from_millis(i64::try_from(self.below(name, end)).expect("below an i64"))
    }

    /// Whether something is part of the story, so often in a thousand.
    pub(crate) fn happens(&self, name: impl Hash, of_thousand: u64) -> bool {
        self.below(name, 1000) < of_thousand
    }

    /// Whether trouble strikes, so often in ten thousand. It can be silenced by its name.
    pub(crate) fn strikes(&self, name: &str, of_ten_thousand: u64) -> bool {
        let strikes =
            self.below(("strikes", name), 10_000) < of_ten_thousand && self.is_heard(name);
        if strikes {
            self.struck
                .lock()
                .expect("no throw panics")
                .insert(name.to_owned());
        }
        strikes
    }

    /// Whether something of this name is not silenced.
    pub(crate) fn is_heard(&self, name: &str) -> bool {
        !self.silenced.contains(name)
    }

    /// All trouble that struck.
    pub(crate) fn struck(&self) -> BTreeSet<String> {
        self.struck.lock().expect("no throw panics").clone()
    }
}

/// Names a text, the same for every seed.
pub(crate) fn fingerprint(text: &str) -> u64 {
    hash((0_u64, text))
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
