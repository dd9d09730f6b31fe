//! An independent reckoning: ten tools tell what truly happened to invoices, each in its own way, and what
//! debtors are asked for is compared with the truth.
//!
//! `RECKONING_SEEDS=0..5000` runs these histories instead of those of every day; `RECKONING_SEED=17` tells one.

#[expect(dead_code, reason = "the simulation throws them in more ways")]
#[path = "../simulation/dice.rs"]
mod dice;
mod driver;
mod former;
mod ledger;
mod oracle;
mod orders;
mod personas;
mod plot;
#[path = "../simulation/shrink.rs"]
mod shrink;
mod story;
mod tally;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write;
use std::ops::Range;

use crate::dice::Dice;
use crate::driver::{Folder, Outcome, Seen};
use crate::ledger::Kind;
use crate::oracle::{Promise, Verdict, judge};
use crate::story::Story;
use crate::tally::Tally;

/// As many as two minutes hold.
const SEEDS: Range<u64> = 0..400;
/// How many are told by a mutant.
const MUTANTS_HISTORIES: usize = 30;
/// How many share a world.
const TOGETHER: usize = 25;
/// How often a history that went wrong is run again to find what matters.
const SHRINKING_RUNS: u32 = 30;

/// The tool that can say all there is to say.
const OWN: &str = "standard-webhooks";

/// A history, what was seen of it, and what is to be said of that.
struct Told {
    story: Story,
    outcome: Outcome,
    verdict: Verdict,
}

fn story(seed: u64, silenced: &BTreeSet<String>) -> Story {
    Story::of(seed, &Dice::new(seed, silenced), driver::starts_at())
}

/// The world polls by itself and never gives the runtime its turn, so tokio must not ration it.
fn block_on<T>(happens: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(tokio::task::unconstrained(happens))
}

fn tell(stories: Vec<Story>, folder: &Folder) -> Vec<Told> {
    let outcomes = block_on(driver::run(&stories, folder));
    let told = stories.into_iter().zip(outcomes);
    told.map(|(story, outcome)| Told {
        verdict: judge(&story, &outcome),
        story,
        outcome,
    })
    .collect()
}

/// Many histories, on all cores.
fn tell_all(seeds: &[u64], folder: &Folder) -> Vec<Told> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let worlds: Vec<&[u64]> = seeds.chunks(TOGETHER).collect();
    std::thread::scope(|scope| {
        let share = worlds.len().div_ceil(cores).max(1);
        let threads: Vec<_> = worlds
            .chunks(share)
            .map(|worlds| {
                scope.spawn(|| {
                    let worlds = worlds.iter().flat_map(|seeds| {
                        let stories = seeds.iter().map(|seed| story(*seed, &BTreeSet::new()));
                        tell(stories.collect(), folder)
                    });
                    worlds.collect::<Vec<Told>>()
                })
            })
            .collect();
        let told = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        told.flat_map(|told| told.expect("no history panics"))
            .collect()
    })
}

/// A history by itself.
fn tell_one(seed: u64, silenced: &BTreeSet<String>, folder: &Folder) -> Told {
    let mut told = tell(vec![story(seed, silenced)], folder);
    told.remove(0)
}

/// A seed that went wrong, told again with nothing in it but what matters.
fn smallest(seed: u64, promise: Promise, folder: &Folder) -> Told {
    let names = story(seed, &BTreeSet::new()).names.into_iter().collect();
    let breaks = |told: &Told| {
        let mut broken = told.verdict.broken.iter();
        broken.any(|broken| broken.promise == promise)
    };
    let silenced = shrink::shrink(names, SHRINKING_RUNS, |silenced| {
        breaks(&tell_one(seed, silenced, folder))
    });
    tell_one(seed, &silenced, folder)
}

fn text(told: &Told) -> String {
    let Told {
        story,
        outcome,
        verdict,
    } = told;
    let mut text = format!("seed {}, {}\n", story.seed, story.persona.tool);
    for (n, entry) in story.ledger.entries.iter().enumerate() {
        let of = entry.of.map_or(String::new(), |of| format!(" of {of}"));
        let (at, kind, amount) = (entry.at, entry.kind, entry.amount);
        writeln!(text, "  truth {n}  {at:.3}  {kind:?}{of} {amount}").expect("a string takes all");
    }
    let mut asked_for = None;
    for (at, seen) in &outcome.seen {
        let seen = match seen {
            // Until something changes, all mails are alike.
            Seen::Mailed(cents) if asked_for.replace(*cents) == Some(*cents) => continue,
            Seen::Heard(word) => {
                let word = &story.words[*word];
                let how = if word.said.whole { "shown" } else { "told" };
                format!(
                    "{} {how} as of {:.3}: {}",
                    word.name, word.said.at, word.said.step
                )
            }
            Seen::NotTakenIn(word, answer) => format!("{}: {answer}", story.words[*word].name),
            Seen::Mailed(cents) => format!("a mail asks for {cents}"),
            Seen::Released => "released".to_owned(),
        };
        writeln!(text, "  {at:.3}  {seen}").expect("a string takes all");
    }
    let (remaining, waits) = (outcome.remaining, outcome.waits);
    writeln!(text, "  end: {remaining:?} left, waits: {waits}").expect("a string takes all");
    let mut said = BTreeSet::new();
    for broken in &verdict.broken {
        if said.insert(broken.promise) {
            writeln!(text, "  BROKEN {broken}").expect("a string takes all");
        }
    }
    text
}

fn seeds() -> Range<u64> {
    let Ok(text) = env::var("RECKONING_SEEDS") else {
        return SEEDS;
    };
    let bounds = text
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    bounds.expect("RECKONING_SEEDS is a range such as 0..1000")
}

/// Prints all that went wrong, by what was promised and by tool, then the smallest example of each.
fn report(failed: &BTreeMap<(Promise, &'static str), Vec<u64>>, folder: &Folder) {
    for ((promise, tool), seeds) in failed {
        println!("{promise:?}, {tool}: {seeds:?}");
    }
    for ((promise, _), seeds) in failed {
        let smallest = smallest(seeds[0], *promise, folder);
        println!("\n{promise:?}: {}", text(&smallest));
    }
}

#[test]
fn every_amount_is_what_is_owed() {
    let folder = Folder::new("every-day");
    if let Ok(seed) = env::var("RECKONING_SEED") {
        let seed = seed.parse().expect("RECKONING_SEED is a number");
        let told = tell_one(seed, &BTreeSet::new(), &folder);
        println!("{}", text(&told));
        assert!(told.verdict.broken.is_empty());
        return;
    }
    let mut tally = Tally::default();
    let mut failed: BTreeMap<(Promise, &'static str), Vec<u64>> = BTreeMap::new();
    for told in tell_all(&seeds().collect::<Vec<u64>>(), &folder) {
        tally.count(&told.story, &told.verdict);
        let broken = told.verdict.broken.iter();
        for promise in broken.map(|broken| broken.promise).collect::<BTreeSet<_>>() {
            let key = (promise, told.story.persona.tool);
            failed.entry(key).or_default().push(told.story.seed);
        }
    }
    println!("{tally}");
    report(&failed, &folder);
    assert!(failed.is_empty(), "some histories went wrong");
    if seeds().count() >= SEEDS.count() {
        assert_eq!(tally.missing(), [], "this never occurred");
    }
}

/// Whether a mutant asks for a wrong amount in some of the first histories of a sender of one's own in which
/// something of a kind happens, where the product asks for the right one.
fn is_found(mutant: &Folder, kind: Kind) -> bool {
    let is_of_the_kind = |seed: &u64| {
        let story = story(*seed, &BTreeSet::new());
        let mut entries = story.ledger.entries.iter();
        story.persona.tool == OWN && entries.any(|entry| entry.kind == kind)
    };
    let seeds: Vec<u64> = (0..)
        .filter(is_of_the_kind)
        .take(MUTANTS_HISTORIES)
        .collect();
    let wrong = wrong_amounts(&seeds, mutant);
    wrong_amounts(&wrong, &Folder::new(&format!("{kind:?}"))).len() < wrong.len()
}

fn wrong_amounts(seeds: &[u64], folder: &Folder) -> Vec<u64> {
    let is_wrong = |told: &Told| {
        let broken = told.verdict.broken.iter();
        let broken: Vec<Promise> = broken.map(|broken| broken.promise).collect();
        assert!(!broken.contains(&Promise::Heard), "it says nothing at all");
        broken.contains(&Promise::Amount) || broken.contains(&Promise::Remainder)
    };
    let told = tell_all(seeds, folder).into_iter();
    told.filter(is_wrong).map(|told| told.story.seed).collect()
}

#[test]
fn the_formula_as_it_was_is_found() {
    let mutant = Folder::new("former").with_formula(former::formula);
    assert!(is_found(&mutant, Kind::Paid));
}

#[test]
fn a_refund_taken_for_a_payment_is_found() {
    let mutant = Folder::new("refund").with_filter(OWN, |filter| {
        let told = "| select(concerns_us)";
        let refund = "(.movement | objects | select(.kind == \"refund\") | .kind)";
        filter.replace(told, &format!("{told}\n| {refund} |= \"payment\""))
    });
    assert!(is_found(&mutant, Kind::Refunded));
}

/// As if it had come after the snapshot that shows it.
#[test]
fn a_credit_that_counts_twice_is_found() {
    let mutant = Folder::new("credit").with_filter(OWN, |filter| {
        let later =
            "if .movement.kind? == \"credit\" then $timestamp[:-1] + \".9Z\" else $timestamp end";
        filter.replace("at: $timestamp", &format!("at: ({later})"))
    });
    assert!(is_found(&mutant, Kind::Credited));
}
