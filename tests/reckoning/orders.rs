//! What a file says does not depend on the order of what was told, nor on how often it was told.
//!
//! Two events of one second that say different things of a customer are the exception: of those one is kept,
//! whichever it is. No tool here tells such a pair.

use std::collections::BTreeSet;
use std::ops::Range;

use dunning::billing::{Debt, Movements};
use sources::{Request, Tool, Translation};

use crate::dice::Dice;
use crate::driver::{self, File, Fixtures, Folder};
use crate::story::Story;
use crate::{TOGETHER, block_on, story};

/// Four of each tool, in three orders.
const FILES: Range<u64> = 0..40;
/// As many, of other themes, for every three of their words.
const TRIPLES: Range<u64> = 100..140;

/// All words, some of them twice.
fn shuffled(story: &Story, round: u64) -> Vec<usize> {
    let dice = Dice::new(story.seed, &BTreeSet::new());
    let all = 0..story.words.len();
    let again = all
        .clone()
        .filter(|word| dice.happens(("told again", round, word), 300));
    let mut words: Vec<usize> = all.chain(again).collect();
    words.sort_by_key(|word| dice.below(("place", round, *word), 1_000));
    words
}

fn files(stories: &[Story], folder: &Folder, order: impl Fn(&Story) -> Vec<usize>) -> Vec<File> {
    block_on(driver::files(stories, folder, order))
}

#[test]
fn any_order_and_any_repetition_leave_the_same_file() {
    let folder = Folder::new("orders");
    let seeds: Vec<u64> = FILES.collect();
    for seeds in seeds.chunks(TOGETHER) {
        let stories: Vec<Story> = seeds
            .iter()
            .map(|seed| story(*seed, &BTreeSet::new()))
            .collect();
        let as_it_was = files(&stories, &folder, |story| (0..story.words.len()).collect());
        for round in 0..2 {
            let otherwise = files(&stories, &folder, |story| shuffled(story, round));
            for ((story, wanted), file) in stories.iter().zip(&as_it_was).zip(&otherwise) {
                let (seed, tool) = (story.seed, story.persona.tool);
                assert_eq!(
                    file,
                    wanted,
                    "seed {seed}, {tool}: {:?}",
                    shuffled(story, round)
                );
            }
        }
    }
}

/// What each word says of the debt. What is told apart is laid over the first snapshot.
fn debts(story: &Story, folder: &Folder) -> Vec<Debt> {
    let tool = story.persona.tool;
    let (name, policy) = (driver::source(tool), folder.policy());
    let mut fixtures = Fixtures::default();
    let said = story.words.iter().flat_map(|word| {
        let (headers, body) = fixtures.request(tool, &word.said);
        let headers = driver::pairs(&headers);
        let its = Tool::builtin(tool).expect("a built-in tool");
        let request = Request::new(&headers, &body);
        let said = its.translate_unverified(request, &policy.sources[&name], &name);
        let said: Vec<_> = said.expect("it can be read").into_iter().collect();
        said
    });
    let said: Vec<Translation> = said.map(|said| said.expect("it makes sense")).collect();
    let shown = said.iter().find_map(|said| match said {
        Translation::Invoice(event) => Some(Debt::by(event)),
        _ => None,
    });
    let shown = shown.expect("each invoice is shown");
    let debts = said.iter().filter_map(|said| match said {
        Translation::Invoice(event) => Some(Debt::by(event)),
        Translation::Movement(event) => {
            Some(shown.clone().with(Movements::by(event.order, &event.what)))
        }
        _ => None,
    });
    debts.collect()
}

#[test]
fn merging_is_commutative_associative_and_idempotent_over_all_that_the_tools_tell() {
    let folder = Folder::new("triples");
    let merge = |a: &Debt, b: &Debt| a.clone().merge(b.clone());
    for seed in TRIPLES {
        let told = debts(&story(seed, &BTreeSet::new()), &folder);
        for a in &told {
            assert_eq!(merge(a, a), *a, "seed {seed}");
            for b in &told {
                let ab = merge(a, b);
                assert_eq!(ab, merge(b, a), "seed {seed}");
                assert_eq!(ab, merge(&ab, b), "seed {seed}, told again");
                for c in &told {
                    assert_eq!(merge(&ab, c), merge(a, &merge(b, c)), "seed {seed}");
                }
            }
        }
    }
}
