//! A message of the knock queue: any bytes are refused, or name a file that they name again when written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use timetable::Knock;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(knock) = serde_json::from_slice::<Knock>(bytes) {
        let again: Knock = serde_json::from_str(&knock.to_json()).expect("what we write we read");
        assert_eq!(knock, again);
    }
});
