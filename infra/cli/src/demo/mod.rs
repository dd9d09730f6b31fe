//! `relance demo`: the life of several invoices, told in a few seconds.
//!
//! Really signed Stripe webhooks go to the very functions that are deployed; the clock is turned
//! through three months; what happened is read back from the journals.

mod error;
mod files;
mod story;
mod timeline;

#[path = "../../../../tests/fixtures/stripe/mod.rs"]
mod stripe;

use std::path::PathBuf;

use dunning::rules::Instruction;
use dunning::value::{InvoiceId, SourceName};
use jiff::SignedDuration;
use local::{Settings, WallClock, World};
use sources::{Request, Secrets, Tool};

pub(crate) use crate::demo::error::DemoError;
use crate::demo::story::Story;
use crate::folder::PolicyFolder;

const SECRET: &str = "whsec_of_the_demo";

/// What `relance demo` may be told.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Where the mails are written
    #[arg(long, value_name = "FOLDER", default_value = "relance-demo")]
    out: PathBuf,
    #[command(flatten)]
    folder: PolicyFolder,
}

pub(crate) async fn run(options: &Options) -> Result<(), DemoError> {
    let stripe = SourceName::parse("stripe").expect("a plain word is a name");
    let tool = Tool::builtin(stripe.as_str()).expect("Stripe is built in");
    let secrets = Secrets::parse(SECRET).expect("the demo's secret is not empty");
    let story = Story::new();
    let mut world = World::start(Settings {
        policy_dir: options.folder.policy.clone(),
        secrets: vec![(stripe, SECRET.to_owned())],
        starts_at: story.starts_at,
        delivery_window: SignedDuration::from_mins(30),
        wall_clock: WallClock::World,
        redirect_all_to: runtime::RedirectAllTo::Live,
        take_test_mode: false,
        keys: Vec::new(),
        tools: None,
    })
    .await?;
    let mut ignored = Vec::new();
    for event in &story.events {
        world.advance_to(event.at).await;
        let body = event.body.to_string();
        let headers = tool
            .sign(&secrets, None, event.at, Request::new(&[], body.as_bytes()))
            .expect("Stripe signs no address, and takes any secret");
        let (status, text) = world
            .post("stripe", &headers.pairs(), body.as_bytes())
            .await;
        if status != 200 {
            return Err(DemoError::Webhook(event.invoice, status, text));
        }
        if text
            != "stored
"
        {
            ignored.push((event.at, event.invoice, text));
        }
    }
    let (at, invoice) = &story.approval;
    world.advance_to(*at).await;
    let id = InvoiceId::parse(invoice.id).expect("the names of the story are plain");
    let debtor = timeline::key(invoice.customer);
    world
        .ledger
        .instruct(&debtor, Some(&id), Instruction::Approve, *at)
        .await?;
    world.carry().await;
    world.advance_to(story.ends_at).await;
    let files = files::write(&options.out, world.mails())?;
    timeline::print(&world, &story, &files, &ignored).await?;
    println!(
        "\n{} mails were written to {}/ as .html and .eml.",
        files.len(),
        options.out.display()
    );
    Ok(())
}
