//! The policies of `infra/policy/examples`, looked at as the shipped one is before it is deployed.

use std::fs;

use dunning::policy::Policy;

use crate::letters::{policy_folder, templates};

#[test]
fn every_mail_of_each_example_can_be_written() {
    let mut checked = 0;
    for entry in fs::read_dir(policy_folder().join("examples")).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        let text = fs::read_to_string(entry.path().join("relance.toml")).unwrap();
        let policy = Policy::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        let wrong = templates().in_languages_of(&policy).check(&policy).err();
        let wrong = wrong.iter().flatten().map(ToString::to_string);
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new(), "{name}");
        checked += 1;
    }
    assert_eq!(checked, 5);
}
