//! A world, and Stripe talking to it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws::{Call, Fault};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_types::sdk_config::RetryConfig;
use dunning::file::Invoice;
use dunning::value::{AccountId, CustomerId, DebtorKey, Mode, Realm, SourceName};
use jiff::{SignedDuration, Timestamp};
use ledger::{Ledger, StoredFile};
use local::{Functions, Settings, WallClock, Wiring, World};
use runtime::Clock;
use serde_json::{Value, json};
use sources::{Headers, Request, Secrets, Tool};
use tests::stripe::{self, Shape};
use tokio::runtime::Handle;

pub(crate) const SECRET: &str = "whsec_of_the_tests";

/// The tests' own: what is shipped may change without them.
pub(crate) fn policy_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policy")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A world with the tests' policy, on Monday 11 January 2027, 11:00 in Paris.
pub(crate) struct Scene {
    pub(crate) world: World,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with_policy(policy_dir()).await
    }

    /// The same with a policy of the test's own.
    pub(crate) async fn with_policy(policy_dir: PathBuf) -> Self {
        Self::at(at("2027-01-11T10:00:00Z"), policy_dir).await
    }

    /// The same with a way to the tool, to be asked once there is a key.
    pub(crate) async fn asking(tools: SharedHttpConnector) -> Self {
        Self::asking_with(tools, policy_dir()).await
    }

    /// The same with a policy of the test's own.
    pub(crate) async fn asking_with(tools: SharedHttpConnector, policy_dir: PathBuf) -> Self {
        Self::start(at("2027-01-11T10:00:00Z"), policy_dir, Some(tools)).await
    }

    /// The same at another instant.
    pub(crate) async fn at(starts_at: Timestamp, policy_dir: PathBuf) -> Self {
        Self::start(starts_at, policy_dir, None).await
    }

    async fn start(
        starts_at: Timestamp,
        policy_dir: PathBuf,
        tools: Option<SharedHttpConnector>,
    ) -> Self {
        let world = World::start(Settings {
            policy_dir,
            secrets: vec![(stripe_name(), SECRET.to_owned())],
            starts_at,
            delivery_window: SignedDuration::from_mins(30),
            wall_clock: WallClock::World,
            redirect_all_to: runtime::RedirectAllTo::Live,
            take_test_mode: false,
            keys: Vec::new(),
            tools,
        });
        Self {
            world: world.await.unwrap(),
        }
    }

    /// Stripe posts an event, signed now.
    pub(crate) async fn post(&mut self, event: &Value) -> (u16, String) {
        self.post_bytes(event.to_string().as_bytes()).await
    }

    pub(crate) async fn post_bytes(&mut self, body: &[u8]) -> (u16, String) {
        let headers = sign(self.world.clock.now(), body);
        self.world.post("stripe", &headers.pairs(), body).await
    }

    pub(crate) async fn hear(&mut self, event: &Value) {
        let (status, text) = self.post(event).await;
        assert_eq!(status, 200, "{text}");
    }

    /// An invoice for each of so many customers, all due on the same day.
    pub(crate) async fn hear_of_customers(&mut self, count: usize) {
        for n in 1..=count {
            let differs = json!({
                "customer": format!("cus_{n}"),
                "customer_email": format!("ap@client{n}.example.com"),
            });
            let id = format!("in_{n}");
            let issued = event("finalized", &id, "2027-01-11T10:00:00Z", differs);
            self.hear(&issued).await;
        }
    }

    /// Lets something be done by another hand at the very moment at which the next claim is on its way: whoever
    /// claims has looked before.
    pub(crate) fn at_the_next_claim<F: Future<Output = ()>>(
        &self,
        done: impl Fn(Ledger) -> F + Send + Sync + 'static,
    ) {
        let (done, is_done) = (Arc::new(done), AtomicBool::new(false));
        let (ledger, runtime) = (self.world.ledger.clone(), Handle::current());
        self.world.aws.set_faults(move |call: &Call| {
            let claims = call.operation == "TransactWriteItems"
                && call.input.to_string().contains("claimed");
            if claims && !is_done.swap(true, Ordering::Relaxed) {
                let (done, ledger, runtime) = (Arc::clone(&done), ledger.clone(), runtime.clone());
                let thread = std::thread::spawn(move || runtime.block_on(done(ledger)));
                thread.join().unwrap();
            }
            Fault::None
        });
    }

    pub(crate) async fn advance_to(&mut self, to: &str) {
        self.world.advance_to(at(to)).await;
    }

    pub(crate) async fn file(&self, customer: &str) -> StoredFile {
        self.world
            .ledger
            .file(&debtor(customer))
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn closed(&self, customer: &str) -> Vec<Invoice> {
        self.world.ledger.closed(&debtor(customer)).await.unwrap()
    }

    /// The table, but for the deliveries that are kept as they came, and that they came.
    pub(crate) fn said(&self) -> Vec<Value> {
        let mut items = self.world.aws.items();
        let is_kept = |item: &Value| {
            let pk = item["PK"]["S"].as_str().unwrap();
            pk.starts_with("DELIVERY#") || pk == "DOOR"
        };
        items.retain(|item| !is_kept(item));
        items
    }

    /// The journal as a person reads it.
    pub(crate) async fn journal(&self, customer: &str) -> String {
        let mut text = String::new();
        for entry in self.world.ledger.journal(&debtor(customer)).await.unwrap() {
            for line in entry.lines {
                let invoice = line.invoice.map(String::from).unwrap_or_default();
                writeln!(text, "{:.0}  {invoice:<5}  {}", entry.at, line.what).unwrap();
            }
        }
        text
    }

    /// The subjects of the mails that left, with their instants.
    pub(crate) fn mails(&self) -> String {
        let mails = self.world.mails().iter();
        let line = |mail: &local::Mail| {
            format!(
                "{:.0}  {}  {}\n",
                mail.sent.at,
                mail.sent.to.join(","),
                mail.sent.subject
            )
        };
        mails.map(line).collect()
    }

    /// The schedules as the plan would have them: name and instant of each planned step.
    pub(crate) async fn planned(&self, customer: &str) -> Vec<(String, Timestamp)> {
        let file = self.file(customer).await.file;
        let debtor = &file.debtor.key;
        let mut planned: Vec<_> = file
            .open
            .values()
            .flat_map(|invoice| {
                let name = |step| timetable::schedule_name(debtor, invoice.id(), step);
                invoice.scheduled().map(move |(step, at)| (name(step), at))
            })
            .collect();
        planned.sort();
        planned
    }

    pub(crate) fn schedules(&self) -> Vec<(String, Timestamp)> {
        let schedules = self.world.aws.schedules().into_iter();
        let mut schedules: Vec<_> = schedules
            .map(|schedule| (schedule.name, schedule.at))
            .collect();
        schedules.sort();
        schedules
    }
}

/// Signs as Stripe does.
pub(crate) fn sign(at: Timestamp, body: &[u8]) -> Headers {
    sign_with(SECRET, at, body)
}

/// The same with other secrets, one a line.
pub(crate) fn sign_with(secrets: &str, at: Timestamp, body: &[u8]) -> Headers {
    let secrets = Secrets::parse(secrets).unwrap();
    stripe_tool()
        .sign(&secrets, None, at, Request::new(&[], body))
        .unwrap()
}

pub(crate) fn stripe_tool() -> Tool {
    Tool::builtin("stripe").unwrap()
}

pub(crate) fn stripe_name() -> SourceName {
    SourceName::parse("stripe").unwrap()
}

pub(crate) fn debtor(customer: &str) -> DebtorKey {
    debtor_of("stripe", customer)
}

pub(crate) fn debtor_of(source: &str, customer: &str) -> DebtorKey {
    let realm = Realm {
        source: SourceName::parse(source).unwrap(),
        account: AccountId::parse("default").unwrap(),
        mode: Mode::Live,
    };
    DebtorKey {
        realm,
        customer: CustomerId::parse(customer).unwrap(),
    }
}

/// `invoice.<kind>` about an invoice of 1,200 euros of `cus_1` in France, due on 15 February 2027.
pub(crate) fn event(kind: &str, invoice: &str, when: &str, differs: Value) -> Value {
    let mut event = stripe::event(Shape::SinceBasil, "finalized");
    let created = at(when).as_second();
    let known = json!({
        "id": format!("evt_{invoice}_{kind}_{created}"),
        "type": format!("invoice.{kind}"),
        "created": created,
        "data": { "object": {
            "id": invoice,
            "number": format!("N-{invoice}"),
            "customer": "cus_1",
            "customer_email": "compta@client.example.com",
            "currency": "eur",
            "amount_due": 120_000,
            "amount_paid": 0,
            "amount_remaining": 120_000,
            "due_date": at("2027-02-15T11:00:00Z").as_second(),
        } },
    });
    stripe::overlay(&mut event, &known);
    stripe::overlay(&mut event, &json!({ "data": { "object": differs } }));
    event
}

pub(crate) fn finalized(invoice: &str, when: &str) -> Value {
    event("finalized", invoice, when, json!({}))
}

pub(crate) fn paid(invoice: &str, when: &str) -> Value {
    let differs = json!({ "status": "paid", "amount_paid": 120_000, "amount_remaining": 0 });
    event("paid", invoice, when, differs)
}

/// Functions beside those of a world, with its table.
pub(crate) fn functions(world: &World, policy_dir: &Path) -> Functions {
    let clock = world.clock.clone();
    let now = Clock::new(move || clock.now());
    Functions::wire(&Wiring {
        config: world.aws.sdk_config(RetryConfig::disabled()),
        policy: Arc::clone(&world.policy),
        policy_dir: policy_dir.to_owned(),
        templates: Arc::new(mail::Templates::load(&policy_dir.join("templates")).unwrap()),
        redirect_all_to: runtime::RedirectAllTo::Live,
        delivery_window: SignedDuration::from_mins(30),
        tools: None,
        clock: now.clone(),
        wall_clock: now,
    })
}
