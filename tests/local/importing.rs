//! What was open before Relance: it comes in on hold, each thing once, whoever is killed meanwhile; a person sees what
//! it would be sent, and lets it go.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use ask::{Import, NotImported, OnHold};
use asking::{Asker, Http, Unasked};
use aws::{Call, Failure, Fault, NoPause};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use dunning::file::{Hold, Outlook};
use dunning::policy::ChaseFrom;
use dunning::rules::ImportedOnly;
use dunning::value::FileKey;
use jiff::SignedDuration;
use runtime::Clock;
use serde_json::{Value, json};

use crate::fake_stripe::{FakeStripe, KEY, Weather};
use crate::scene::{Scene, at, event, functions, policy_dir, stripe_name};

const BEGINS: &str = "2027-03-01T10:00:00Z";
/// Ten pages of 25, and some.
const MANY: usize = 230;
/// One for each customer.
const FEW: usize = 12;
const CUSTOMERS: usize = 12;

struct Office {
    scene: Scene,
    stripe: FakeStripe,
    asker: Asker,
}

fn customer(number: usize) -> String {
    format!("cus_{:02}", number % CUSTOMERS)
}

/// An invoice of long before: what is due on the 15th, or long since, or not for weeks.
fn issued(number: usize) -> Value {
    let due = ["2027-02-15", "2026-11-02", "2027-04-20"][number % 3];
    let customer = customer(number);
    let differs = json!({
        "customer": customer,
        "customer_email": format!("compta@{}.example.com", customer.replace('_', "")),
        "due_date": at(&format!("{due}T11:00:00Z")).as_second(),
    });
    let id = format!("in_{number:03}");
    event("finalized", &id, "2026-10-01T10:00:00Z", differs)
}

/// Stripe's books are full, and nobody has told of anything.
async fn office(invoices: usize) -> Office {
    let stripe = FakeStripe::new();
    let mut scene = Scene::asking(stripe.connector()).await;
    stripe.follows(&scene.world.clock);
    scene.advance_to(BEGINS).await;
    scene.world.put_key(&stripe_name(), KEY).await.unwrap();
    (0..invoices).for_each(|number| stripe.book(&issued(number)));
    let clock = scene.world.clock.clone();
    let clock = Clock::new(move || clock.now());
    let sleep = SharedAsyncSleep::new(NoPause);
    let asker = Asker {
        http: Http::new(stripe.connector(), sleep, clock),
        ..functions(&scene.world, &policy_dir()).remind.asker
    };
    Office {
        scene,
        stripe,
        asker,
    }
}

impl Office {
    /// Runs it, for so many pages at the most. Gives what is on hold, if it came to its end.
    async fn import(&mut self, most: usize) -> Result<Option<Vec<OnHold>>, NotImported> {
        let name = stripe_name();
        let mut import = Import::begin(&self.asker, &name).await?;
        for _ in 0..most {
            match import.take_page().await {
                Ok(true) => {}
                Ok(false) => return Ok(Some(import.finish().await?)),
                // Where nothing pauses, the tool's row of calls is full at some time.
                Err(why @ NotImported::Unasked(Unasked::NoPlace { .. })) => {
                    let wait = why.patience(self.asker.clock.now()).unwrap();
                    self.scene.world.advance(wait).await;
                }
                Err(why) => return Err(why),
            }
        }
        Ok(None)
    }

    /// The table refuses whatever comes after so many writes, as if whoever writes were dead.
    fn dies_after(&self, writes: usize) {
        let left = AtomicUsize::new(writes);
        self.scene.world.aws.set_faults(move |call: &Call| {
            let is_write = call.operation == "TransactWriteItems";
            let count = |left: usize| left.checked_sub(1);
            let is_dead = is_write
                && left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, count)
                    .is_err();
            if is_dead {
                Fault::Before(Failure::ServerError)
            } else {
                Fault::None
            }
        });
    }

    async fn advance_to(&mut self, to: &str) {
        self.scene.advance_to(to).await;
    }

    async fn release(&mut self, only: ImportedOnly) -> (usize, usize) {
        let (mut released, mut left) = (0, 0);
        for debtor in self.scene.world.debtors() {
            let ledger = &self.scene.world.ledger;
            let policy = &self.scene.world.policy;
            let let_in = ledger.let_imported_in(&debtor, policy, only, &self.asker.clock);
            let let_in = let_in.await.unwrap();
            released += let_in.invoices.len();
            left += let_in.left;
        }
        self.scene.world.carry().await;
        (released, left)
    }

    /// Of each invoice, the steps that left, in order.
    fn steps(&self) -> BTreeMap<String, Vec<String>> {
        let mut steps: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mail in self.scene.world.mails() {
            for invoice in &mail.invoices {
                let step = mail.step.clone().map(String::from).unwrap_or_default();
                steps.entry(invoice.to_string()).or_default().push(step);
            }
        }
        steps
    }

    fn mails_to_debtors(&self) -> usize {
        let mails = self.scene.world.mails().iter();
        mails
            .filter(|mail| mail.file != Some(FileKey::Team))
            .count()
    }

    fn told(&self) -> String {
        let mails = self.scene.world.mails().iter();
        let team = mails.filter(|mail| mail.file == Some(FileKey::Team));
        let texts: Vec<String> = team.filter_map(|mail| mail.sent.text.clone()).collect();
        let words: Vec<&str> = texts
            .iter()
            .flat_map(|text| text.split_whitespace())
            .collect();
        words.join(" ")
    }
}

#[tokio::test]
async fn wish_5_an_import_that_is_killed_three_times_ends_right_and_twice_is_once() {
    let mut office = office(MANY).await;
    assert!(office.import(2).await.unwrap().is_none());
    for writes in [1, 60] {
        office.dies_after(writes);
        let why = office.import(usize::MAX).await.unwrap_err();
        // The table may be there again by then.
        let wait = why.patience(office.asker.clock.now());
        assert_eq!(wait, Some(SignedDuration::from_secs(15)), "{why}");
        office.scene.world.aws.set_faults(|_: &Call| Fault::None);
    }
    let on_hold = office.import(usize::MAX).await.unwrap().unwrap();
    let count: usize = on_hold.iter().map(|held| held.invoices.len()).sum();
    assert_eq!((on_hold.len(), count), (CUSTOMERS, MANY));
    let ledger = &office.scene.world.ledger;
    let known = ledger.import(&stripe_name()).await.unwrap().unwrap().value;
    let many = u64::try_from(MANY).unwrap();
    assert_eq!(
        (known.listed, known.new),
        (many, many),
        "what was half in is counted once"
    );
    for number in 0..CUSTOMERS {
        let file = office.scene.file(&customer(number)).await.file;
        for invoice in file.open.values() {
            assert_eq!(invoice.outlook, Outlook::Held(Hold::Imported));
        }
    }
    assert!(
        office
            .scene
            .world
            .ledger
            .was_imported(&stripe_name())
            .await
            .unwrap()
    );
    let before = office.scene.said();
    let again = office.import(usize::MAX).await.unwrap().unwrap();
    assert_eq!(again.len(), CUSTOMERS);
    assert_eq!(office.scene.said(), before);
}

#[tokio::test]
async fn one_that_goes_on_asks_for_no_page_twice() {
    let mut office = office(MANY).await;
    office.import(4).await.unwrap();
    office.stripe.was_asked();
    office.import(usize::MAX).await.unwrap().unwrap();
    let asked = office.stripe.was_asked();
    // Four of the ten pages are in.
    assert_eq!(asked.len(), 6, "{asked:?}");
    assert!(asked[0].contains("starting_after=in_130"), "{asked:?}");
}

#[tokio::test]
async fn the_books_of_each_account_that_a_webhook_has_named_come_in() {
    let connected = "acct_1Connected";
    let mut office = office(FEW).await;
    let mut told = issued(FEW);
    told["account"] = json!(connected);
    office.scene.hear(&told).await;
    for number in [FEW, FEW + 1] {
        office.stripe.book_of(connected, &issued(number));
    }
    let on_hold = office.import(usize::MAX).await.unwrap().unwrap();
    let mut of_account: BTreeMap<&str, usize> = BTreeMap::new();
    for held in &on_hold {
        let account = held.debtor.key.realm.account.as_str();
        *of_account.entry(account).or_default() += held.invoices.len();
    }
    // Of the one that was told of nothing is new.
    assert_eq!(of_account, [(connected, 1), ("default", FEW)].into());
}

#[tokio::test]
async fn nothing_leaves_before_the_release_and_the_team_hears_how_much_is_on_hold_and_the_command()
{
    let mut office = office(FEW).await;
    office.import(usize::MAX).await.unwrap().unwrap();
    office.advance_to("2027-03-20T12:00:00Z").await;
    assert_eq!(office.mails_to_debtors(), 0, "{}", office.scene.mails());
    let told = office.told();
    assert!(told.contains("stripe (12): €14,400.00"), "{told}");
    assert!(
        told.contains("relance release --imported --source stripe --stack local"),
        "{told}"
    );
    assert!(
        !told.contains("long overdue"),
        "that it is late is no news: {told}"
    );
}

#[tokio::test]
async fn what_is_let_go_climbs_one_rung_at_a_time_from_the_first_after_its_due_date() {
    let mut office = office(FEW).await;
    let on_hold = office.import(usize::MAX).await.unwrap().unwrap();
    let planned: Vec<_> = on_hold
        .iter()
        .flat_map(|held| &held.invoices)
        .map(|invoice| invoice.scheduled().count())
        .collect();
    assert!(planned.iter().all(|steps| *steps > 0), "{planned:?}");
    assert_eq!(office.release(ImportedOnly::default()).await, (FEW, 0));
    office.advance_to("2027-04-10T12:00:00Z").await;
    let steps = office.steps();
    for number in 0..FEW {
        let climbed = steps.get(&format!("in_{number:03}"));
        let climbed = climbed.map_or(&[][..], Vec::as_slice);
        let first = climbed.first().map(String::as_str);
        let ranks: Vec<_> = climbed.iter().map(|step| rank(&office, step)).collect();
        assert!(ranks.is_sorted_by(|a, b| a < b), "{climbed:?}");
        match number % 3 {
            2 => assert_eq!(first, Some("ask-15"), "in_{number:03}: {climbed:?}"),
            _ => assert_eq!(first, Some("late-3"), "in_{number:03}: {climbed:?}"),
        }
    }
}

fn rank(office: &Office, step: &str) -> usize {
    let mut steps = office.scene.world.policy.steps();
    let place = steps.position(|known| known.id.as_str() == step);
    place.unwrap()
}

#[tokio::test]
async fn those_below_an_amount_or_young_enough_are_let_go_alone() {
    let mut office = office(FEW).await;
    office.import(usize::MAX).await.unwrap().unwrap();
    let below = |text| ImportedOnly {
        below: Some(ChaseFrom::parse(text).unwrap()),
        due_from: None,
    };
    assert_eq!(office.release(below("1200.00")).await, (0, FEW));
    let young = ImportedOnly {
        due_from: Some("2027-02-15".parse().unwrap()),
        ..below("1200.01")
    };
    // Those that were due in November stay.
    assert_eq!(office.release(young).await, (8, 4));
    office.advance_to("2027-03-10T12:00:00Z").await;
    let steps = office.steps();
    assert!(steps.contains_key("in_000"), "{steps:?}");
    assert!(!steps.contains_key("in_001"), "{steps:?}");
}

#[tokio::test]
async fn what_is_known_already_is_merged_and_not_held() {
    let mut office = office(FEW).await;
    office.scene.hear(&issued(0)).await;
    let mut half = issued(0);
    half["data"]["object"]["amount_paid"] = json!(50_000);
    half["data"]["object"]["amount_remaining"] = json!(70_000);
    office.stripe.book(&half);
    let on_hold = office.import(usize::MAX).await.unwrap().unwrap();
    let count: usize = on_hold.iter().map(|held| held.invoices.len()).sum();
    assert_eq!(count, FEW - 1);
    let file = office.scene.file(&customer(0)).await.file;
    let invoice = file
        .open
        .values()
        .find(|invoice| invoice.id().as_str() == "in_000");
    let invoice = invoice.unwrap();
    assert_eq!(invoice.balance().remaining.minor, 70_000);
    assert!(matches!(invoice.outlook, Outlook::Next { .. }));
}

#[tokio::test]
async fn a_tool_that_does_not_answer_stops_it_and_one_that_is_busy_is_waited_for() {
    for (weather, waits) in [
        (Weather::Status(401), None),
        (Weather::Status(403), None),
        (Weather::TestMode, None),
        (Weather::Busy(Some(7)), Some(7)),
        (Weather::Busy(None), Some(60)),
        (Weather::Status(500), Some(15)),
        (Weather::Cut, Some(15)),
        (Weather::Unreachable, Some(15)),
    ] {
        let mut office = office(FEW).await;
        office.stripe.answers(weather);
        let why = office.import(1).await.unwrap_err();
        let wait = why.patience(office.asker.clock.now());
        assert_eq!(wait, waits.map(SignedDuration::from_secs), "{weather:?}");
        assert_eq!(office.scene.world.debtors(), []);
    }
}

#[tokio::test]
async fn what_nobody_told_of_after_the_import_a_webhook_has_lost_and_before_it_is_from_before_relance()
 {
    let mut office = office(FEW).await;
    office.advance_to("2027-03-02T10:00:00Z").await;
    assert_eq!(office.scene.world.debtors(), []);
    office.import(usize::MAX).await.unwrap().unwrap();
    office.stripe.book(&issued(FEW));
    office.advance_to("2027-03-03T10:00:00Z").await;
    let file = office.scene.file(&customer(FEW)).await.file;
    let outlook = |id: &str| {
        let found = file.open.values().find(|it| it.id().as_str() == id);
        found.unwrap().outlook.clone()
    };
    assert_eq!(outlook("in_000"), Outlook::Held(Hold::Imported));
    assert!(matches!(outlook("in_012"), Outlook::Next { .. }));
}
