//! Small pairs of policies, and what is said of each.

mod ladders;

use std::path::Path;

use dunning::policy::Policy;

use super::told;

/// What is deployed, in all of these.
const DEPLOYED: &str = r#"
[company]
name = "Example SAS"
team = "billing@example.com"
language = "en"
time_zone = "Europe/Paris"

[senders.friendly]
name = "Accounts"
email = "accounts@example.com"

[calendar]
send_at = "09:00"
window = ["09:00", "17:00"]

[sources.stripe]
mode = "live"
time_zone = "Europe/Paris"

[[sequences]]
name = "key"
when = 'debtor.tags.tier == "key"'
[[sequences.steps]]
id = "key-5"
on = "due + 5 days"
template = "reminder"
sender = "friendly"

[[sequences]]
name = "small"
when = "invoice.remaining < 100"

[[steps]]
id = "ask-7"
on = "due - 7 days"
template = "ask"
sender = "friendly"

[[steps]]
id = "late-3"
on = "due + 3 days"
template = "reminder"
sender = "friendly"

[[steps]]
id = "call-5"
on = "previous + 2 business days"
task = "call"

[[steps]]
id = "late-10"
on = "due + 10 days"
template = "firm"
sender = "friendly"
"#;

const END: &str = "
After the deployment nothing is to be done for it: an invoice is planned by this policy the next time that anything happens to it, and within seven days in any case.
`relance replan --everything` does it at once.
";

fn of(before: &str, after: &str) -> String {
    let [before, after] = [before, after].map(|text| Policy::parse(text).unwrap());
    told(Path::new("old"), &before, &after)
}

/// What is said where these places of the deployed policy are written another way.
#[track_caller]
fn says(changes: &[(&str, &str)], expected: &str) {
    let mut text = DEPLOYED.to_owned();
    for (place, instead) in changes {
        assert_eq!(text.matches(place).count(), 1, "{place:?} names one place");
        text = text.replace(place, instead);
    }
    let said = of(DEPLOYED, &text);
    let head = "\nAgainst old, relance.toml changes this:\n";
    assert_eq!(said, format!("{head}{expected}{END}"), "{said}");
}

#[test]
fn where_nothing_changed_one_line_says_so() {
    let nothing = "\nAgainst old, relance.toml changes nothing\n";
    assert_eq!(of(DEPLOYED, DEPLOYED), nothing);
    let same = [
        ("name = \"small\"", "name = \"small\" # below the cost"),
        (
            "tier == \"key\"'",
            "tier == \"key\"'\nchase_from = \"1.00\"",
        ),
        (
            "send_at = \"09:00\"",
            "send_at = \"09:00\"\nholidays = true",
        ),
        (
            "id = \"late-10\"",
            "id = \"late-10\"\nroll = \"later\"\nseverity = 10",
        ),
        (
            "id = \"ask-7\"",
            "id = \"ask-7\"\nlast_look = \"when it answers\"",
        ),
    ];
    let text = same
        .iter()
        .fold(DEPLOYED.to_owned(), |text, (place, instead)| {
            text.replace(place, instead)
        });
    assert_ne!(text, DEPLOYED);
    assert_eq!(of(DEPLOYED, &text), nothing);
}

#[test]
fn what_holds_for_everybody_is_said_once() {
    says(
        &[
            (
                "team = \"billing@example.com\"",
                "team = \"finance@example.com\"",
            ),
            (
                "name = \"Accounts\"",
                "name = { en = \"Accounts\", fr = \"Service comptabilité\" }\nreply_to = \"answers@example.com\"",
            ),
            (
                "send_at = \"09:00\"\nwindow = [\"09:00\", \"17:00\"]",
                "send_at = \"10:00\"\nwindow = [\"08:00\", \"24:00\"]\nweekend = [\"friday\", \"saturday\"]\nholidays = false\nclosed = [\"2027-05-07\", \"12-24..01-02\"]\n[limits]\nmails_per_week = 2\nchase_from = \"10\"\n[first_contact]\npatience = \"1 day\"\nlimit = \"60 days\"",
            ),
        ],
        "
For everybody
  company.team: billing@example.com -> finance@example.com
  senders.friendly.name: Accounts -> en \"Accounts\", fr \"Service comptabilité\"
  senders.friendly.reply_to: none -> answers@example.com
  calendar.send_at: 09:00 -> 10:00
  calendar.window: 09:00 to 17:00 -> 08:00 to 24:00
  calendar.weekend: as the debtor's country has it -> friday, saturday
  calendar.holidays: true -> false
  calendar.closed: none -> 2027-05-07, 12-24..01-02
  limits.mails_per_week: 3 -> 2
  limits.chase_from: 1.00 -> 10.00
  first_contact.patience: 3 days -> 1 day
  first_contact.limit: 30 days -> 60 days
    it judges only what comes in from then on
",
    );
}

#[test]
fn what_is_said_of_sources_and_companies_says_whose_reminders_are_held() {
    says(
        &[(
            "[sources.stripe]\nmode = \"live\"\ntime_zone = \"Europe/Paris\"",
            "[sources.pennylane]\nmode = \"live\"\ntime_zone = \"Europe/Paris\"\n[companies.gmbh]\nwhen = 'debtor.country == \"DE\"'\nname = \"Example GmbH\"\n[companies.gmbh.senders.friendly]\nname = \"Buchhaltung\"\nemail = \"buchhaltung@example.com\"",
        )],
        "
For everybody
  companies.gmbh is new: it writes where debtor.country == \"DE\"
  companies.gmbh.senders.friendly is new
  sources.pennylane is new: it needs a secret, `relance secret set pennylane`
  sources.stripe is gone: what it tells is not heard, and its reminders are held
",
    );
    says(
        &[("mode = \"live\"", "mode = \"test\"\nquiet_days = 3")],
        "
For everybody
  sources.stripe.mode: live -> test
    reminders of what came in as live are held
  sources.stripe.quiet_days: 7 -> 3
",
    );
}

#[test]
fn the_shipped_policy_can_be_told_against_each_example_and_back() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy");
    let read = |folder: &Path| runtime::load_policy(folder).unwrap();
    let shipped = read(&policies);
    let mut seen = 0;
    for entry in std::fs::read_dir(policies.join("examples")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let example = read(&folder);
        for (before, after) in [(&example, &shipped), (&shipped, &example)] {
            let said = told(&folder, before, after);
            assert!(said.contains("The usual sequence"), "{said}");
        }
        assert!(told(&folder, &example, &example).ends_with("changes nothing\n"));
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn the_page_shows_what_is_said() {
    let page = include_str!("../../../../policy/README.md");
    let before = include_str!("../../../../policy/relance.toml");
    let mut after = before.to_owned();
    for (place, instead) in [
        (
            "\"due + 4 business days\"\ntemplate",
            "\"due + 4 days\"\ntemplate",
        ),
        ("id = \"late-10\"", "id = \"firm-10\""),
        (
            "patience = \"3 days\"\nlimit = \"30 days\"\n",
            "patience = \"3 days\"\nlimit = \"60 days\"\n\n[[sequences]]\nname = \"in trouble\"\nwhen = 'debtor.tags.care == \"vulnerable\"'\n",
        ),
    ] {
        assert_eq!(after.matches(place).count(), 1, "{place:?} names one place");
        after = after.replace(place, instead);
    }
    let [before, after] = [before, &after].map(|text| Policy::parse(text).unwrap());
    let said = told(Path::new("../deployed/infra/policy"), &before, &after);
    assert!(page.contains(&said), "{said}");
}
