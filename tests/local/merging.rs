//! Merging, over all that Stripe really tells in the life of an invoice.

use dunning::facts::{Event, Told};
use dunning::policy::Policy;
use jiff::Timestamp;
use sources::{Secrets, Source, Translation};
use tests::stripe::{SHAPES, Shape, event, steps};

use crate::scene::{SECRET, policy_dir, sign, stripe_name};

/// An event as the fixtures have it, by way of its signature and its filter.
fn translated(policy: &Policy, shape: Shape, step: &str) -> Option<Event> {
    let name = stripe_name();
    let source = Source::builtin(&name).unwrap();
    let secrets = Secrets::parse(SECRET).unwrap();
    let mut body = event(shape, step);
    body["livemode"] = true.into();
    let body = body.to_string();
    let now = Timestamp::UNIX_EPOCH;
    let (header, signature) = sign(now, body.as_bytes());
    let headers = [(header, signature.as_str())];
    let verified = source.verify(headers, body.as_bytes(), &secrets, now);
    match source.translate(verified.unwrap(), &policy.sources[&name], &name) {
        Ok(Translation::Event(event)) => Some(*event),
        _ => None,
    }
}

#[test]
fn merging_is_commutative_associative_and_idempotent_over_every_triple_of_real_events() {
    let policy = runtime::load_policy(&policy_dir()).unwrap();
    let events = SHAPES.into_iter().flat_map(|shape| {
        let steps = steps().into_iter();
        let policy = &policy;
        steps.filter_map(move |step| translated(policy, shape, &step))
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
