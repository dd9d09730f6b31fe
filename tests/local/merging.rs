//! Merging, over all that Stripe really tells in the life of an invoice.

use dunning::billing::{Debt, InvoiceEvent};
use dunning::policy::Policy;
use sources::{Request, Translation};
use tests::stripe::{SHAPES, Shape, event, steps};

use crate::scene::{policy_dir, stripe_name, stripe_tool};

/// An event as the fixtures have it, by way of its filter.
fn translated(policy: &Policy, shape: Shape, step: &str) -> Option<InvoiceEvent> {
    let name = stripe_name();
    let mut body = event(shape, step);
    body["livemode"] = true.into();
    let body = body.to_string();
    let config = &policy.sources[&name];
    let request = Request::new(&[], body.as_bytes());
    let said = stripe_tool().translate_unverified(request, config, &name);
    match said.unwrap().pop().unwrap() {
        Ok(Translation::Invoice(event)) => Some(*event),
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
    let told: Vec<Debt> = events.map(|event| Debt::by(&event)).collect();
    assert!(told.len() > 20, "only {} events", told.len());
    let merge = |a: &Debt, b: &Debt| a.clone().merge(b.clone());
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
