//! Makes a history that went wrong as small as it can be and still go wrong.

use std::collections::BTreeSet;

/// The names without which `fails` still holds, as many as are found within a number of runs.
pub(crate) fn shrink(
    names: BTreeSet<String>,
    mut runs: u32,
    mut fails: impl FnMut(&BTreeSet<String>) -> bool,
) -> BTreeSet<String> {
    let mut needed: Vec<String> = names.into_iter().collect();
    let mut silenced = BTreeSet::new();
    let mut size = needed.len().div_ceil(2);
    while size > 0 && runs > 0 {
        let mut start = 0;
        while start < needed.len() && runs > 0 {
            let end = (start + size).min(needed.len());
            let mut without = silenced.clone();
            without.extend(needed[start..end].iter().cloned());
            runs -= 1;
            if fails(&without) {
                silenced = without;
                needed.drain(start..end);
            } else {
                start = end;
            }
        }
        size /= 2;
    }
    silenced
}

#[test]
fn what_matters_is_left() {
    let names: BTreeSet<String> = (0..100).map(|n| n.to_string()).collect();
    let matters = ["17", "58"];
    let silenced = shrink(names.clone(), 1000, |silenced| {
        matters.iter().all(|name| !silenced.contains(*name))
    });
    let left: Vec<&String> = names.difference(&silenced).collect();
    assert_eq!(left, matters);
}
