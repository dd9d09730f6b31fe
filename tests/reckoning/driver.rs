//! The histories of many seeds in one world: what is told is posted as each tool does it, with its proof, and
//! what a debtor gets to read is read.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use dunning::billing::Debt;
use dunning::file::{Debtor, Invoice};
use dunning::policy::Policy;
use dunning::rules::Instruction;
use dunning::value::{DebtorKey, FileKey, SourceName};
use jiff::{SignedDuration, Timestamp};
use local::{Mail, Settings, WallClock, World};
use serde_json::Value;
use sources::{Request, Secrets, Tool};
use tests::stripe::{self, Shape};
use tests::tools::{put_together, written};

use crate::personas::{PERSONAS, Said, customer, number};
use crate::story::Story;

const URL: &str = "https://example.com/webhooks/square";
/// Amounts are judged here, not when mails leave, and most of what histories cost is sweeps.
const HOURS_BETWEEN_SWEEPS: u8 = 24;
/// How long a world lasts.
const SPAN: SignedDuration = SignedDuration::from_hours(24 * 72);

/// When each world begins: a Monday.
pub(crate) fn starts_at() -> Timestamp {
    "2027-01-04T06:00:00Z".parse().expect("an instant")
}

/// What was seen of one history, in order.
pub(crate) enum Seen {
    /// The answer was 200, and the word was taken in.
    Heard(usize),
    /// It was not.
    NotTakenIn(usize, String),
    /// A mail left that asks for so many cents.
    Mailed(i64),
    /// A person let go what waited.
    Released,
}

/// All that was seen of one history.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) seen: Vec<(Timestamp, Seen)>,
    /// What the file says is left to pay.
    pub(crate) remaining: Option<i64>,
    /// Whether it waits for a person to look.
    pub(crate) waits: bool,
}

/// What is left to pay, by a file.
pub(crate) type Formula = fn(&Invoice) -> i64;

/// The tests' policy with a step every four days, so that what is owed is seen often; and how a file is read
/// at the end.
pub(crate) struct Folder {
    path: PathBuf,
    formula: Formula,
}

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("reckoning-{name}-{}", std::process::id()));
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policy");
        fs::create_dir_all(folder.join("sources")).expect("a temporary folder");
        let text = fs::read_to_string(tests.join("relance.toml")).expect("the policy");
        fs::write(folder.join("relance.toml"), policy(&text)).expect("a temporary file");
        Self {
            path: folder,
            formula: owed,
        }
    }

    /// Reads files by another formula than the product's.
    pub(crate) fn with_formula(self, formula: Formula) -> Self {
        let mut read = self;
        read.formula = formula;
        read
    }

    /// Puts a filter of the user's own in the place of a tool's.
    pub(crate) fn with_filter(self, tool: &str, change: impl Fn(&str) -> String) -> Self {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sources/tools");
        let shipped = |ending| fs::read_to_string(tools.join(format!("{tool}.{ending}")));
        let write = |name: &str, text: &str| fs::write(self.path.join(name), text);
        let filter = shipped("jq").expect("the tool's filter");
        let changed = change(&filter);
        assert_ne!(filter, changed, "nothing was changed");
        write("sources/mutant.jq", &changed).expect("a temporary file");
        let manifest = shipped("toml").expect("the tool's manifest");
        write("sources/mutant.toml", &manifest).expect("a temporary file");
        let text = fs::read_to_string(self.path.join("relance.toml")).expect("it was written");
        let heading = format!("[sources.{tool}]");
        let text = text.replace(&heading, &format!("{heading}\ntool = \"mutant\""));
        write("relance.toml", &text).expect("a temporary file");
        self
    }
}

impl Folder {
    pub(crate) fn policy(&self) -> Policy {
        runtime::load_policy(&self.path).expect("a sound policy")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of a test in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn policy(tests: &str) -> String {
    let (rules, _) = tests.split_once("[[steps]]").expect("the policy has steps");
    let mut text = rules.replace("mails_per_week = 3", "mails_per_week = 7");
    for tool in PERSONAS.iter().map(|persona| persona.tool) {
        if tool != "stripe" {
            let lines = format!("mode = \"live\"\ntime_zone = \"Europe/Paris\"\nurl = \"{URL}\"");
            writeln!(text, "[sources.{tool}]\n{lines}").expect("a string takes all");
        }
    }
    for days in (1..=57).step_by(4) {
        let step = "template = \"reminder\"\nsender = \"friendly\"";
        writeln!(
            text,
            "[[steps]]\nid = \"late-{days}\"\non = \"due + {days} days\"\n{step}"
        )
        .expect("a string takes all");
    }
    text
}

/// A secret that suits any tool: one in base64 after its prefix, and one with a user before it.
fn secret(tool: &str) -> &'static str {
    match tool {
        "standard-webhooks" => "whsec_b3BlbiBzZXNhbWUgb3BlbiBzZXNhbWU=",
        _ => "relance:opensesame",
    }
}

pub(crate) fn source(tool: &str) -> SourceName {
    SourceName::parse(tool).expect("a tool's name is one of a source")
}

async fn world(folder: &Folder) -> World {
    let tools = PERSONAS.iter().map(|persona| persona.tool);
    let settings = Settings {
        policy_dir: folder.path.clone(),
        secrets: tools
            .map(|tool| (source(tool), secret(tool).to_owned()))
            .collect(),
        starts_at: starts_at(),
        delivery_window: SignedDuration::from_mins(30),
        wall_clock: WallClock::World,
        redirect_all_to: runtime::RedirectAllTo::Live,
        take_test_mode: false,
        keys: Vec::new(),
        tools: None,
    };
    let mut world = World::start(settings).await.expect("the policy is sound");
    world.sweep_every(HOURS_BETWEEN_SWEEPS);
    world
}

/// What is to be done at some moment.
#[derive(Clone, Copy)]
enum Action {
    Tell(usize),
    Release,
}

/// Headers and body, before anything is laid over them.
type Fixture = (Vec<(String, String)>, Value);

/// What the tools' words are laid over, each read once.
#[derive(Default)]
pub(crate) struct Fixtures(BTreeMap<(&'static str, &'static str), Fixture>);

impl Fixtures {
    /// A request as the tool sends it, but for its proof.
    pub(crate) fn request(
        &mut self,
        tool: &'static str,
        said: &Said,
    ) -> (Vec<(String, String)>, Vec<u8>) {
        let fixture = self.0.entry((tool, said.step));
        let (headers, body) = fixture.or_insert_with(|| fixture_of(tool, said.step));
        let mut body = body.clone();
        stripe::overlay(&mut body, &said.patch);
        let own = |name: &str| said.headers.iter().any(|(own, _)| *own == name);
        let mut headers = headers.clone();
        headers.retain(|(name, _)| !own(name));
        let added = said.headers.iter();
        headers.extend(added.map(|(name, value)| ((*name).to_owned(), value.clone())));
        (headers, written(tool, &body))
    }
}

/// Many histories, each with a debtor of its own.
pub(crate) struct Driver<'a> {
    stories: &'a [Story],
    world: World,
    outcomes: Vec<Outcome>,
    mails_read: usize,
    /// By source and customer, which history it is.
    whose: BTreeMap<(String, String), usize>,
    fixtures: Fixtures,
    formula: Formula,
}

/// Lets the histories happen, all in one world.
pub(crate) async fn run(stories: &[Story], folder: &Folder) -> Vec<Outcome> {
    let mut driver = Driver::new(stories, folder).await;
    driver.all_happens().await;
    driver.read_files().await;
    driver.outcomes
}

/// Tells all words of each history at once, in an order of its own; what its file says then.
pub(crate) async fn files(
    stories: &[Story],
    folder: &Folder,
    order: impl Fn(&Story) -> Vec<usize>,
) -> Vec<File> {
    let mut driver = Driver::new(stories, folder).await;
    for (n, story) in stories.iter().enumerate() {
        for word in order(story) {
            driver.tell(n, word).await;
        }
    }
    let all_seen = driver.outcomes.iter().flat_map(|outcome| &outcome.seen);
    for (_, seen) in all_seen {
        assert!(matches!(seen, Seen::Heard(_)), "a word was not taken in");
    }
    let mut files = Vec::new();
    for story in stories {
        let file = driver.file(story).await;
        files.push(file.expect("something was told of an invoice"));
    }
    files
}

/// What is kept of what was told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct File {
    debtor: Debtor,
    debt: Debt,
}

impl<'a> Driver<'a> {
    async fn new(stories: &'a [Story], folder: &Folder) -> Self {
        let whose = stories.iter().enumerate().map(|(n, story)| {
            let tool = story.persona.tool;
            ((tool.to_owned(), customer(tool, story.seed)), n)
        });
        Self {
            stories,
            world: world(folder).await,
            outcomes: stories.iter().map(|_| Outcome::default()).collect(),
            mails_read: 0,
            whose: whose.collect(),
            fixtures: Fixtures::default(),
            formula: folder.formula,
        }
    }

    async fn file(&self, story: &Story) -> Option<File> {
        let (mut debtor, invoice) = self.stored(story).await?;
        // Of several events of one issue, any may have told what all of them say.
        let language = debtor.language.as_mut().map(|told| &mut told.order);
        let steering = debtor.steering.as_mut().map(|told| &mut told.order);
        let numbers = debtor.numbers.as_mut().map(|told| &mut told.order);
        let profile = Some(&mut debtor.profile.order);
        for order in [profile, language, steering, numbers].into_iter().flatten() {
            if order.version.is_some() {
                order.at = Timestamp::UNIX_EPOCH;
            }
        }
        let debt = invoice.debt;
        Some(File { debtor, debt })
    }

    async fn stored(&self, story: &Story) -> Option<(Debtor, Invoice)> {
        let key = key(story.persona.tool, story.seed);
        let ledger = &self.world.ledger;
        let file = ledger.file(&key).await.expect("the table answers")?.file;
        let closed = ledger.closed(&key).await.expect("the table answers");
        let invoice = file.open.into_values().chain(closed).next()?;
        Some((file.debtor, invoice))
    }
}

impl Driver<'_> {
    async fn all_happens(&mut self) {
        let mut actions: Vec<(Timestamp, usize, Action)> = Vec::new();
        for (n, story) in self.stories.iter().enumerate() {
            for (word, told) in story.words.iter().enumerate() {
                let copies = told.sent.iter();
                actions.extend(copies.map(|at| (*at, n, Action::Tell(word))));
            }
            let releases = story.releases.iter();
            actions.extend(releases.map(|at| (*at, n, Action::Release)));
        }
        actions.sort_by_key(|(at, ..)| *at);
        for (at, story, action) in actions {
            self.advance_to(at).await;
            match action {
                Action::Tell(word) => self.tell(story, word).await,
                Action::Release => self.release(story).await,
            }
            self.read_mails();
        }
        self.advance_to(starts_at() + SPAN).await;
    }

    async fn advance_to(&mut self, at: Timestamp) {
        self.world.advance_to(at).await;
        self.read_mails();
    }

    fn see(&mut self, story: usize, seen: Seen) {
        let now = self.world.clock.now();
        self.outcomes[story].seen.push((now, seen));
    }

    async fn tell(&mut self, story: usize, word: usize) {
        let stories = self.stories;
        let (told, tool) = (&stories[story].words[word], stories[story].persona.tool);
        let (headers, body) = self.request(tool, &told.said);
        let address = match tool {
            "odoo" => format!("{tool}?token={}", secret(tool)),
            _ => tool.to_owned(),
        };
        let (status, text) = self.world.post(&address, &pairs(&headers), &body).await;
        let seen = if status == 200 && !text.contains("inbox") {
            Seen::Heard(word)
        } else {
            Seen::NotTakenIn(word, format!("{status} {text}"))
        };
        self.see(story, seen);
    }

    /// A request as the tool sends it, with its proof.
    fn request(&mut self, tool: &'static str, said: &Said) -> (Vec<(String, String)>, Vec<u8>) {
        let (mut headers, body) = self.fixtures.request(tool, said);
        headers.retain(|(name, _)| name != "webhook-timestamp"); // it is signed now
        let secrets = Secrets::parse(secret(tool)).expect("a sound secret");
        let now = self.world.clock.now();
        let signed = Tool::builtin(tool)
            .expect("a built-in tool")
            .sign(
                &secrets,
                Some(URL),
                now,
                Request::new(&pairs(&headers), &body),
            )
            .expect("a secret that signs");
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        headers.extend(signed.pairs().into_iter().map(owned));
        (headers, body)
    }

    async fn release(&mut self, story: usize) {
        let Story { seed, persona, .. } = &self.stories[story];
        let key = key(persona.tool, *seed);
        let (ledger, now) = (self.world.ledger.clone(), self.world.clock.now());
        let said = ledger
            .instruct(&key, None, Instruction::Release(None), now)
            .await
            .expect("the table answers");
        self.world.carry().await;
        if said.is_some_and(|journal| !journal.is_empty()) {
            self.see(story, Seen::Released);
        }
    }

    fn read_mails(&mut self) {
        let mails = &self.world.mails()[self.mails_read..];
        let of_debtors = mails.iter().filter_map(|mail| {
            let Some(FileKey::Debtor(key)) = &mail.file else {
                return None;
            };
            let story = *self.whose.get(&name(key))?;
            Some((story, mail.sent.at, amount(mail, self.stories[story].seed)))
        });
        let read: Vec<_> = of_debtors.collect();
        self.mails_read += mails.len();
        for (story, at, cents) in read {
            self.outcomes[story].seen.push((at, Seen::Mailed(cents)));
        }
    }

    async fn read_files(&mut self) {
        for (n, story) in self.stories.iter().enumerate() {
            let Some((_, invoice)) = self.stored(story).await else {
                continue;
            };
            let outcome = &mut self.outcomes[n];
            outcome.remaining = Some((self.formula)(&invoice));
            outcome.waits = invoice.debt.reopened() > invoice.released;
        }
    }
}

/// What a debtor would be asked for.
fn owed(invoice: &Invoice) -> i64 {
    use dunning::billing::Status;
    let balance = invoice.balance();
    match balance.status {
        Status::Open => balance.remaining.minor,
        _ => 0,
    }
}

/// By which a history's debtor is kept.
fn key(tool: &str, id: u64) -> DebtorKey {
    // As the fixtures name it.
    let account = match tool {
        "maxio" => "84215",
        "square" => "MLV8QH3K2TN6W",
        _ => "default",
    };
    let key = format!("{tool}#{account}#live#{}", customer(tool, id));
    DebtorKey::parse(&key).expect("the key of a debtor")
}

fn name(key: &DebtorKey) -> (String, String) {
    (
        key.realm.source.to_string(),
        key.customer.as_str().to_owned(),
    )
}

fn fixture_of(tool: &str, step: &str) -> Fixture {
    if tool == "stripe" {
        return (Vec::new(), stripe::event(Shape::SinceBasil, step));
    }
    let (headers, body) = put_together(tool, step);
    (headers.into_iter().collect(), body)
}

pub(crate) fn pairs(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// What a mail asks for, as its reader sees it: `Amount due: €1,234.56`.
fn amount(mail: &Mail, id: u64) -> i64 {
    let text = mail.sent.text.as_deref().expect("a mail has a text");
    assert!(text.contains(&number(id)), "whose invoice is it?\n{text}");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Amount due: €"));
    let line = line.unwrap_or_else(|| panic!("no amount in\n{text}"));
    let amount = line.split(' ').next().unwrap_or_default();
    let digits: String = amount.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("an amount in cents")
}
