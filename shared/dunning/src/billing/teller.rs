//! Who told a fact: the delivery, and the translation by which it was read. When a filter is mended, its
//! translation gets a higher number, and a delivery that is told again withdraws what it said before.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::value::SourceName;

/// Beside what was told: two facts are the same, whoever told them.
#[derive(Debug, Clone, Copy, Default)]
pub struct By(Option<Teller>);

#[derive(Debug, Clone, Copy)]
struct Teller {
    /// Stands for its id.
    delivery: [u8; 8],
    translation: u32,
}

impl By {
    /// A delivery, by the id that is the same however often it comes, in a translation.
    pub fn delivery(id: &str, translation: u32) -> Self {
        let digest = Sha256::digest(id);
        let mut delivery = [0; 8];
        delivery.copy_from_slice(&digest[..8]);
        Self(Some(Teller {
            delivery,
            translation,
        }))
    }

    /// A person, of the open invoices of a source. Of two runs the higher one counts, as of two translations.
    pub fn hand(source: &SourceName, run: u32) -> Self {
        Self::delivery(&format!("{source} by hand"), run)
    }

    /// Whether a person said it, of a source's open invoices.
    pub fn is_hand(self, source: &SourceName) -> bool {
        self.is_of_the_delivery_of(Self::hand(source, 0))
    }

    /// The same at least as late as another one, whatever their clocks say: what is said now counts.
    #[must_use]
    pub fn not_before(self, other: Self) -> Self {
        let is_later =
            self.is_of_the_delivery_of(other) && other.translation() > self.translation();
        if is_later {
            Self(other.0.map(Teller::next))
        } else {
            self
        }
    }

    /// The number of the translation. Earlier versions knew only one.
    pub fn translation(self) -> u32 {
        self.0.map_or(1, |teller| teller.translation)
    }

    /// Whether both come from one delivery, in whichever translation.
    pub fn is_of_the_delivery_of(self, other: Self) -> bool {
        match (self.0, other.0) {
            (Some(one), Some(other)) => one.delivery == other.delivery,
            _ => false,
        }
    }

    /// Whether the same delivery was told anew by a later translation.
    pub(crate) fn is_outdated_by(self, other: Self) -> bool {
        self.is_of_the_delivery_of(other) && self.translation() < other.translation()
    }

    /// Nobody is named.
    pub(crate) fn is_nobody(&self) -> bool {
        self.0.is_none()
    }
}

impl PartialEq for By {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for By {}

impl fmt::Display for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.translation, hex::encode(self.delivery))
    }
}

impl Teller {
    fn next(self) -> Self {
        let translation = self.translation.saturating_add(1);
        Self {
            translation,
            ..self
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (translation, delivery) = text.split_once('-')?;
        Some(Self {
            delivery: hex::decode(delivery).ok()?.try_into().ok()?,
            translation: translation.parse().ok()?,
        })
    }
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0
            .map(|teller| teller.to_string())
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for By {
    /// Whatever a newer version may write here, a fact is not lost for it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(Self(text.and_then(|text| Teller::parse(&text))))
    }
}
