//! Merging, over all that Stripe really tells in the life of an invoice.

use dunning::facts::{Event, Told};
use dunning::policy::Policy;
use jiff::Timestamp;
use sources::{Secrets, Source, Translation};
use tests::stripe::{SHAPES, Shape, event, steps};

use crate::scene::{SECRET, policy_dir, stripe_name};

/// An event as the fixtures have it, by way of its signature and its filter.
fn translated(shape: Shape, step: &str) -> Option<Event> {
    let text = std::fs::read_to_string(policy_dir().join("relance.toml")).unwrap();
    let policy = Policy::parse(&text).unwrap();
    let source = Source::builtin(&stripe_name()).unwrap();
    let secrets = Secrets::parse(SECRET).unwrap();
    let mut body = event(shape, step);
    body["livemode"] = true.into();
    let body = body.to_string();
    let now = Timestamp::UNIX_EPOCH;
    let (header, signature) = source.sign(&secrets, now, body.as_bytes());
    let verified = source.verify(
        [(header, signature.as_str())],
        body.as_bytes(),
        &secrets,
        now,
    );
    match source.translate(
        verified.unwrap(),
        &policy.sources[&stripe_name()],
        &stripe_name(),
    ) {
        Ok(Translation::Event(event)) => Some(*event),
        _ => None,
    }
}

#[test]
fn merging_is_commutative_associative_and_idempotent_over_every_triple_of_real_events() {
    let events = SHAPES.into_iter().flat_map(|shape| {
        let steps = steps().into_iter();
        steps.filter_map(move |step| translated(shape, &step))
    });
    let told: Vec<Told> = events.map(|event| Told::by(&event)).collect();
    assert!(told.len() > 20, "only {} events", told.len());
    let merge = |a: &Told, b: &Told| a.clone().merge(b.clone());
    for a in &told {
        assert_eq!(merge(a, a), *a);
        for b in &told {
            let ab = merge(a, b);
            assert_eq!(ab, merge(b, a));
            assert_eq!(ab, merge(&ab, b), "told again");
            for c in &told {
                assert_eq!(merge(&ab, c), merge(a, &merge(b, c)));
            }
        }
    }
}
