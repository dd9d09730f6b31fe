//! The promises, under fire: whole histories of debtors and invoices on the local world, in which everything goes
//! wrong that may go wrong, each judged by an oracle.
//!
//! `SIMULATION_SEEDS=0..5000` runs these seeds instead of the few of every day; `SIMULATION_SEED=17` prints the
//! history of one.

mod calendar;
mod dice;
mod engine;
mod faults;
mod history;
mod instructions;
mod invoke;
mod life;
mod news;
mod observe;
mod oracle;
mod scheme;
mod shapes;
mod shrink;
mod story;
mod tally;
mod tool;
mod weather;

use std::collections::BTreeSet;
use std::env;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use mail::Templates;

use crate::dice::Dice;
use crate::engine::{Engine, Rules};
use crate::history::History;
use crate::oracle::{Broken, judge};
use crate::story::Story;
use crate::tally::Tally;

/// Enough for every day; how many more were run is said where it matters.
const SEEDS: Range<u64> = 0..10;
/// How often a history that went wrong is run again to find what matters.
const SHRINKING_RUNS: u32 = 300;

fn rules() -> Rules {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policy");
    let text = std::fs::read_to_string(folder.join("relance.toml")).expect("the policy is there");
    Rules {
        text,
        templates: Arc::new(
            Templates::load(&folder.join("templates")).expect("the policy has none of its own"),
        ),
    }
}

/// One history, and what it broke.
struct Told {
    story: Story,
    history: History,
    dice: Dice,
    broken: Vec<Broken>,
}

fn tell(seed: u64, silenced: &BTreeSet<String>, rules: &Rules) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time() // a look gives up after twenty real seconds, which none takes here
        .build()
        .expect("a runtime");
    let dice = Dice::new(seed, silenced);
    let story = Story::of(&dice);
    // The engine polls by itself and never gives the runtime its turn, so tokio must not ration it.
    let history = runtime.block_on(tokio::task::unconstrained(async {
        Engine::start(&story, dice.clone(), rules).await.run().await
    }));
    let broken = judge(&story, &history);
    Told {
        story,
        history,
        dice,
        broken,
    }
}

/// All that can be left out of a history.
fn names(told: &Told) -> BTreeSet<String> {
    let invoices = told.story.invoices.iter().map(|id| format!("invoice/{id}"));
    let tellings = told.story.tellings.iter().map(|telling| telling.id.clone());
    let news = told.story.news.iter().map(|news| news.id.clone());
    let mut names: BTreeSet<String> = invoices.chain(tellings).chain(news).collect();
    names.extend(told.dice.struck());
    names.insert("clocks apart".to_owned());
    names
}

/// A seed that went wrong, told again with nothing in it but what matters.
fn explain(seed: u64, told: &Told, rules: &Rules) -> String {
    let promise = told.broken[0].promise;
    let still = |told: &Told| told.broken.iter().any(|broken| broken.promise == promise);
    let silenced = shrink::shrink(names(told), SHRINKING_RUNS, |silenced| {
        still(&tell(seed, silenced, rules))
    });
    let told = tell(seed, &silenced, rules);
    let broken: Vec<String> = told.broken.iter().map(ToString::to_string).collect();
    format!(
        "seed {seed}\n{}\n{}\n{}",
        told.story.scheme.told(),
        told.history.log.text(),
        broken.join("\n")
    )
}

fn seeds() -> Range<u64> {
    let Ok(text) = env::var("SIMULATION_SEEDS") else {
        return SEEDS;
    };
    let bounds = text
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    bounds.expect("SIMULATION_SEEDS is a range such as 0..1000")
}

#[test]
fn no_history_breaks_a_promise() {
    let rules = rules();
    if let Ok(seed) = env::var("SIMULATION_SEED") {
        let seed = seed.parse().expect("SIMULATION_SEED is a number");
        let told = tell(seed, &BTreeSet::new(), &rules);
        println!("{}", told.history.log.text());
        let mut tally = Tally::new();
        tally.count(&told.story, &told.history);
        println!("{tally}");
        assert!(told.broken.is_empty(), "{}", explain(seed, &told, &rules));
        return;
    }
    let (mut invoices, mut mails, mut tally) = (0, 0, Tally::new());
    for seed in seeds() {
        let told = tell(seed, &BTreeSet::new(), &rules);
        invoices += told.story.invoices.len();
        mails += told.history.mails.len();
        tally.count(&told.story, &told.history);
        assert!(told.broken.is_empty(), "{}", explain(seed, &told, &rules));
    }
    println!(
        "{} worlds, {invoices} invoices, {mails} mails",
        seeds().count()
    );
    println!("{tally}");
    if seeds().count() >= SEEDS.count() {
        assert_eq!(tally.missing(), [""; 0], "what never occurs shows nothing");
    }
    assert!(
        mails > invoices / 2,
        "histories in which nothing is mailed show nothing"
    );
}

#[test]
fn a_seed_tells_the_same_history_twice() {
    let rules = rules();
    let text = |seed| tell(seed, &BTreeSet::new(), &rules).history.log.text();
    let once = text(1);
    assert_eq!(once, text(1));
    assert_ne!(once, text(2));
}
