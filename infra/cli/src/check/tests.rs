//! What is said of a policy that cannot be deployed, and where.

use std::path::PathBuf;
use std::{env, fs, process};

use dunning::calendar::holidays_known_until;
use dunning::policy::Policy;
use mail::built_in_template;

use super::report::Report;
use super::{check_policy, check_templates, ending_holidays};

/// The policy that is shipped.
const SHIPPED: &str = include_str!("../../../policy/relance.toml");

/// Where a fault is expected; it is not written.
const MARK: &str = "‸";

fn in_english() -> String {
    SHIPPED.replacen("# languages = [\"en\", \"fr\"]", "languages = [\"en\"]", 1)
}

/// A policy's folder. Gone when it goes out of scope.
struct Folder(PathBuf);

impl Folder {
    /// With the policy that is shipped, in English alone.
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("relance-check-{name}-{}", process::id()));
        fs::create_dir_all(path.join("templates/en")).unwrap();
        let folder = Self(path);
        fs::write(folder.0.join("relance.toml"), in_english()).unwrap();
        folder
    }

    /// Writes a file without its mark, and says where that stood, as an editor finds it: file, line and column.
    fn write_marked(&self, file: &str, text: &str) -> String {
        let path = self.0.join(file);
        let (before, after) = text.split_once(MARK).expect("a mark");
        fs::write(&path, format!("{before}{after}")).unwrap();
        let line = before.split('\n').count();
        let column = before.split('\n').next_back().unwrap().chars().count() + 1;
        format!("{}:{line}:{column}", path.display())
    }

    /// All that is found in it.
    fn checked(&self) -> Report {
        let mut report = Report::new(true);
        let policy = check_policy(&self.0, true, &mut report).unwrap();
        if let Some(policy) = policy {
            check_templates(&self.0, &policy, &mut report);
        }
        report
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// That one fault is told, at that place and in these words.
fn assert_told(folder: &Folder, place: &str, words: &str) {
    let told = folder.checked().errors_told();
    assert_eq!(told.len(), 1, "{place}: {told:#?}");
    let is_it = told[0].starts_with(&format!("{place}: ")) && told[0].contains(words);
    assert!(is_it, "{place}, {words}: {told:#?}");
}

#[test]
fn each_fault_of_a_policy_is_named_with_file_line_and_column() {
    let send_at = "send_at = \"09:00\"\n";
    for (name, place, instead, words) in [
        (
            "toml",
            send_at,
            "send_at = \"09:00\"\n‸send_at = \"10:00\"\n",
            "duplicate key",
        ),
        (
            "key",
            send_at,
            "send_at = \"09:00\"\n‸holliday = true\n",
            "did you mean holidays?",
        ),
        (
            "type",
            "mails_per_week = 3",
            "mails_per_week = ‸\"3\"",
            "invalid type: string \"3\", expected a whole number up to 255",
        ),
        (
            "day",
            "on = \"due + 4 business days\"",
            "on = ‸\"4 business days\"",
            "is not like \"due - 15 days\"",
        ),
        (
            "name",
            "history.on_time < 3",
            "invoice.remaining > 5 or ‸history.on_tme < 3",
            "did you mean history.on_time?",
        ),
        (
            "sender",
            "template = \"firm\"\nsender = \"collecting\"",
            "template = \"firm\"\nsender = ‸\"boss\"",
            "there is no [senders.boss]",
        ),
        (
            "address",
            "team = \"billing@example.com\"",
            "team = ‸\"billing\"",
            "it has no @",
        ),
        (
            "element",
            "# closed = [",
            "closed = [\"12-24\", ‸\"24.12.\"] # [",
            "is not a day",
        ),
    ] {
        let text = in_english();
        assert!(text.contains(place), "{place}");
        let folder = Folder::new(name);
        let place = folder.write_marked("relance.toml", &text.replacen(place, instead, 1));
        assert_told(&folder, &place, words);
    }
}

#[test]
fn each_fault_of_a_template_is_named_with_file_line_and_column() {
    for (name, wrong, words) in [
        (
            "variable",
            "{{ ‸invoice_nummer }}",
            "there is no `invoice_nummer`",
        ),
        ("inside", "{{ ‸sender.nmae }}", "there is no `sender.nmae`"),
        (
            "filter",
            "Today {{ today|‸shout }}",
            "there is no filter `shout`",
        ),
        ("word", "{{ words‸.hwen(today) }}", "there is no `hwen()`"),
        ("syntax", "{{ today ‸}", "unexpected `}`"),
        ("include", "{% ‸include 'en/nowhere.j2' %}", "en/nowhere.j2"),
        (
            "reckoning",
            "é {{ ‸sender + 1 }}",
            "unsupported types map and number",
        ),
    ] {
        let folder = Folder::new(&format!("template-{name}"));
        let text = built_in_template("en/ask.j2").unwrap();
        assert!(text.contains("Thank you."));
        let text = text.replace("Thank you.", wrong);
        let place = folder.write_marked("templates/en/ask.j2", &text);
        assert_told(&folder, &place, words);
    }
}

#[test]
fn a_tag_that_is_none_is_named_where_it_is_written_and_a_missing_subject_with_its_file() {
    let folder = Folder::new("template-tag");
    let layout = built_in_template("letter.mjml.j2").unwrap();
    let marked = layout
        .replace("mj-button", "mj-buton")
        .replacen("<mj-buton", "‸<mj-buton", 1);
    let place = folder.write_marked("templates/letter.mjml.j2", &marked);
    assert_told(&folder, &place, "<mj-buton> is unknown here");
    let folder = Folder::new("template-subject");
    let file = folder.0.join("templates/en/ask.j2");
    fs::write(&file, "{% extends layout %}").unwrap();
    assert_told(&folder, &file.display().to_string(), "has no subject");
}

/// Its ladder is for everybody, so that nothing comes to the steps after it; and one sender is none.
const SMALL: &str = r#"[company]
name = "Dupont"
team = "team@dupont.fr"
language = "fr"
time_zone = "Europe/Paris"

[senders.friendly]
name = "Dupont"
email = "compta@dupont.fr"

[calendar]
send_at = "09:00"
window = ["09:00", "17:00"]

[[sequences]]
name = "all"

[[sequences.steps]]
id = "all-1"
on = "due + 1 day"
template = "reminder"
sender = "boss"

[[steps]]
id = "late"
on = "due + 3 days"
template = "reminder"
sender = "friendly"
"#;

#[test]
fn a_program_reads_all_that_was_found_as_one_document() {
    let folder = Folder::new("json");
    fs::write(folder.0.join("relance.toml"), SMALL).unwrap();
    let document = serde_json::to_string_pretty(&folder.checked()).unwrap();
    insta::assert_snapshot!(document.replace(&folder.0.display().to_string(), "policy"));
}

#[test]
fn that_the_known_holidays_end_is_said_in_their_last_year() {
    let policy = Policy::parse(SHIPPED).unwrap();
    let said = |policy: &Policy, year: i16| {
        let now = format!("{year}-07-01T00:00:00Z").parse().unwrap();
        ending_holidays(policy, now)
    };
    let last = holidays_known_until();
    assert_eq!(said(&policy, last - 1), None);
    assert!(said(&policy, last).unwrap().contains(&last.to_string()));
    assert!(said(&policy, last + 1).is_some());
    let mut without = policy;
    without.calendar.holidays = false;
    assert_eq!(said(&without, last), None);
}
