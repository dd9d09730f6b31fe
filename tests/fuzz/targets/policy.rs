//! A policy file: any text is refused with an error, or makes a policy.
#![no_main]

use dunning::policy::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Policy::parse(text) {
        Ok(policy) => assert!(policy.steps.iter().all(|step| policy.senders.contains_key(&step.sender))),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
