//! The source whose deliveries the targets make up.

use std::sync::LazyLock;

use dunning::policy::Source;
use dunning::value::{Mode, Zone};

pub static CONFIG: LazyLock<Source> = LazyLock::new(|| Source {
    tool: None,
    url: Some("https://example.com/webhooks/square".to_owned()),
    mode: Mode::Live,
    time_zone: Zone::parse("Europe/Paris").expect("it is one"),
    chase_failed_charges: true,
});
