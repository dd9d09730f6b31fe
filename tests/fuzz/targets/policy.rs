//! A policy file: any text is refused with an error, or makes a policy.
#![no_main]

use dunning::policy::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Policy::parse(text) {
        Ok(policy) => assert!(policy.mails().all(|(_, mail)| policy.senders.contains_key(&mail.sender))),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
