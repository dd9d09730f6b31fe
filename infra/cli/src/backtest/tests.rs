//! Small years, and what is said of each; and a large one, which the deployed functions live through as well.

mod like_deployed;
mod years;

use dunning::policy::Policy;
use jiff::Timestamp;

use super::fate::Fate;
use super::told::Year;
use super::{circles, played};

/// What would have come to each customer by then.
fn fates(policy: &Policy, year: Year, until: &str) -> Vec<Fate> {
    let until: Timestamp = until.parse().unwrap();
    assert_eq!(year.bad, Vec::<String>::new());
    played::play(policy, &circles::circles(year.told), until, |_| {})
}
