//! A webhook's header and body, through verification; and its body, signed, through translation.
#![no_main]

use std::sync::LazyLock;

use dunning::ids::SourceName;
use dunning::policy::Policy;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sources::{Secrets, Source, Translation};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    Policy::parse(include_str!("../../../infra/policy/relance.toml")).expect("it is sound")
});

fuzz_target!(|input: (String, Vec<u8>)| {
    let (header, body) = input;
    let name = SourceName::parse("stripe").expect("a name");
    let stripe = Source::builtin(&name).expect("it is built in");
    let secrets = Secrets::parse("whsec_fuzz").expect("a secret");
    let now = Timestamp::UNIX_EPOCH;
    // Whoever can make up a signature without the secret has won.
    assert!(stripe.verify([("stripe-signature", header.as_str())], &body, &secrets, now).is_err());

    let (header, signature) = stripe.sign(&secrets, now, &body);
    let verified = stripe.verify([(header, signature.as_str())], &body, &secrets, now);
    let verified = verified.expect("what was signed is trusted");
    if let Ok(Translation::Event(event)) = stripe.translate(verified, &POLICY.sources[&name], &name) {
        assert!(event.invoice.remaining.minor >= 0);
        assert!(event.invoice.total >= event.invoice.remaining);
    }
});
