//! All circles played by a policy, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use dunning::policy::Policy;
use jiff::Timestamp;

use super::fate::Fate;
use super::life::Life;
use super::told::Told;

/// So many circles are taken at a time.
const TOGETHER: usize = 64;

/// Plays all circles until then. `tell` hears how many are done.
pub(super) fn play(
    policy: &Policy,
    circles: &[Vec<Told>],
    until: Timestamp,
    mut tell: impl FnMut(usize),
) -> Vec<Fate> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut fates = thread::scope(|scope| {
        for _ in 0..cores {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let first = next.fetch_add(TOGETHER, Ordering::Relaxed);
                    let Some(rest) = circles.get(first..).filter(|rest| !rest.is_empty()) else {
                        return;
                    };
                    let some = &rest[..rest.len().min(TOGETHER)];
                    let lives = some.iter().flat_map(|told| Life::play(policy, told, until));
                    // Whoever listens does so until the last is done.
                    let _ = sender.send((some.len(), lives.collect::<Vec<Fate>>()));
                }
            });
        }
        drop(sender);
        let (mut fates, mut done) = (Vec::new(), 0);
        for (circles, lived) in receiver {
            fates.extend(lived);
            done += circles;
            tell(done);
        }
        fates
    });
    fates.sort_by(|one, other| one.key.cmp(&other.key));
    fates
}
