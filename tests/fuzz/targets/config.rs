//! The source whose deliveries the targets make up.

use std::sync::LazyLock;

use dunning::policy::Source;
use dunning::value::Zone;

pub static CONFIG: LazyLock<Source> = LazyLock::new(|| Source {
    url: Some("https://example.com/webhooks/square".to_owned()),
    chase_failed_charges: true,
    ..Source::usual(Zone::parse("Europe/Paris").expect("it is one"))
});
