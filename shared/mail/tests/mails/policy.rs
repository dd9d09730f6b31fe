//! The default policy and its templates fit together, and what does not fit is told.

use std::fs;
use std::path::{Path, PathBuf};

use dunning::policy::Policy;
use mail::{Letter, TemplateError, Templates};

use crate::letters::{Content, DUE, complete, policy, policy_folder, render, render_in, templates};

/// A copy of the default templates that can be broken. Gone when it goes out of scope.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("relance-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let source = policy_folder().join("templates");
        for inside in ["", "en", "fr"] {
            fs::create_dir_all(folder.join(inside)).unwrap();
            for entry in fs::read_dir(source.join(inside)).unwrap() {
                let file = entry.unwrap().path();
                if file.is_file() {
                    fs::copy(&file, folder.join(inside).join(file.file_name().unwrap())).unwrap();
                }
            }
        }
        Self(folder)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    fn complaints(&self) -> Vec<String> {
        let wrong = Templates::load(&self.0).unwrap().check(&policy());
        let wrong = wrong.err().unwrap_or_default();
        wrong.iter().map(ToString::to_string).collect()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_mail_of_the_default_policy_can_be_written() {
    templates().check(&policy()).unwrap();
    let languages: Vec<_> = templates()
        .languages()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(languages, ["en", "fr"]);
}

#[test]
fn no_french_words_have_a_space_that_breaks_before_a_sign() {
    let folder = policy_folder().join("templates/fr");
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        // The comments are in English.
        let mut pieces = text.split("{#");
        let first = pieces.next().unwrap();
        let after_comments = pieces.map(|piece| piece.split_once("#}").unwrap().1);
        for line in [first]
            .into_iter()
            .chain(after_comments)
            .flat_map(str::lines)
        {
            let breaks = [" :", " ;", " !", " ?"]
                .iter()
                .any(|sign| line.contains(sign));
            assert!(!breaks, "{}: {line}", file.display());
        }
    }
}

#[test]
fn a_template_that_is_missing_in_one_language_is_told() {
    let copy = Copy::new("missing");
    fs::remove_file(copy.path("fr/firm.j2")).unwrap();
    let complaints = copy.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("fr/firm"), "{complaints:?}");
}

#[test]
fn a_name_that_is_not_there_is_told_with_its_line() {
    let copy = Copy::new("name");
    let file = copy.path("en/ask.j2");
    let broken = fs::read_to_string(&file)
        .unwrap()
        .replace("Thank you.", "{{ invoice_nummer }}");
    let line = 1 + broken
        .lines()
        .position(|line| line.contains("nummer"))
        .unwrap();
    fs::write(&file, broken).unwrap();
    let complaints = copy.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].contains(&format!("en/ask.j2:{line}")),
        "{complaints:?}"
    );
}

#[test]
fn markup_that_is_not_mjml_is_told() {
    let copy = Copy::new("mjml");
    let file = copy.path("letter.mjml.j2");
    let broken = fs::read_to_string(&file)
        .unwrap()
        .replace("mj-button", "mj-buton");
    fs::write(&file, broken).unwrap();
    let complaints = copy.complaints();
    // All five mails in both languages have a button: it is one place all the same.
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].contains("<mj-buton> is unknown here (in letter.mjml.j2:"),
        "{complaints:?}"
    );
}

#[test]
fn fault_27_what_is_named_where_no_sample_comes_by_is_told_with_its_line() {
    let copy = Copy::new("branches");
    let never = "{% if today == 'never' %}\n{{ WRONG }}\n{% endif %}";
    for (file, wrong) in [
        ("en/ask.j2", "today|shout"),
        ("en/soon.j2", "'late' if invoice is numbered"),
        ("fr/ask.j2", "words.hwen(invoice)"),
        ("fr/soon.j2", "words.amount_duw"),
        ("fr/firm.j2", "today.upper()"),
        ("en/firm.j2", "yell(today)"),
    ] {
        let text = fs::read_to_string(copy.path(file)).unwrap();
        let (before, after) = text.split_once("{% block opening %}\n").unwrap();
        let never = never.replace("WRONG", wrong);
        let text = format!("{before}{{% block opening %}}\n{never}\n{after}");
        fs::write(copy.path(file), text).unwrap();
    }
    // Words that the layout asks for, in one language only.
    let text = fs::read_to_string(copy.path("fr/words.j2")).unwrap();
    let text = text.replace("also_overdue_too", "also_overdue_twice");
    fs::write(copy.path("fr/words.j2"), text).unwrap();
    let complaints = copy.complaints();
    let line = |file: &str| {
        let text = fs::read_to_string(copy.path(file)).unwrap();
        let line = text.lines().position(|line| line.contains("'never'"));
        line.unwrap() + 2
    };
    for (file, missing) in [
        ("en/ask.j2", "filter `shout`"),
        ("en/soon.j2", "test `numbered`"),
        ("fr/ask.j2", "`hwen()`"),
        ("fr/soon.j2", "`words.amount_duw`"),
        ("fr/firm.j2", "`upper()`"),
        ("en/firm.j2", "`yell`"),
    ] {
        let told = format!("{file}:{}: there is no {missing}", line(file));
        assert!(complaints.contains(&told), "{told}: {complaints:#?}");
    }
    let in_layout: Vec<_> = complaints
        .iter()
        .filter(|told| told.contains("letter."))
        .collect();
    // Once for each part of the mail.
    assert_eq!(in_layout.len(), 2, "{complaints:#?}");
    assert_eq!(complaints.len(), 8, "{complaints:#?}");
}

#[test]
fn fault_27_everything_that_would_fail_at_night_is_told_at_once_with_its_file() {
    let copy = Copy::new("at-once");
    let change = |file: &str, from: &str, to: &str| {
        let text = fs::read_to_string(copy.path(file)).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(copy.path(file), text.replacen(from, to, 1)).unwrap();
    };
    // A name that is nowhere, where few letters come by; a syntax error; a file that is missing.
    change(
        "fr/reminder.j2",
        "{{ invoice.received }}",
        "{{ invoice.receipt }}",
    );
    change("en/firm.j2", "{% endif %}", "");
    fs::remove_file(copy.path("en/last.j2")).unwrap();
    // A language with one file.
    fs::create_dir(copy.path("de")).unwrap();
    fs::copy(copy.path("fr/ask.j2"), copy.path("de/ask.j2")).unwrap();
    // A name that no letter asks for.
    change(
        "fr/last.j2",
        "{% block closing %}",
        "{% block closing %}{% if today == 'never' %}{{ debitor }}{{ invoice.nummer }}{% endif %}",
    );
    let complaints = copy.complaints();
    let told = |words: &str| {
        complaints
            .iter()
            .filter(|told| told.contains(words))
            .count()
    };
    assert_eq!(told("fr/reminder.j2:"), 1, "{complaints:#?}");
    assert_eq!(told("en/firm.j2:"), 1, "{complaints:#?}");
    assert_eq!(told("`en/last`"), 1, "{complaints:#?}");
    for template in ["ask", "soon", "reminder", "firm", "last", "team"] {
        assert_eq!(told(&format!("`de/{template}`")), 1, "{complaints:#?}");
    }
    assert_eq!(told("there is no `debitor`"), 1, "{complaints:#?}");
    assert_eq!(told("there is no `invoice.nummer`"), 1, "{complaints:#?}");
    assert_eq!(complaints.len(), 11, "{complaints:#?}");
}

#[test]
fn fault_28b_two_steps_that_say_the_same_are_refused() {
    let text = fs::read_to_string(policy_folder().join("relance.toml")).unwrap();
    let twice = Policy::parse(&text.replace("template = \"soon\"", "template = \"ask\"")).unwrap();
    let wrong = templates().check(&twice).unwrap_err();
    let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("steps `ask-15` and `ask-7` have one subject"),
        "{wrong:?}"
    );
    // Nor is one that differs by figures alone, where it is about several invoices alone.
    let copy = Copy::new("figures");
    let soon = |place: &str| {
        let closing =
            "{% block closing %}\n{{ 'Thank you.' if invoice else 'Still WHEN.' }}\n{% endblock %}";
        let opening =
            "{% block opening %}\n{{ 'Due' ~ 'PLACE' if invoice else 'Due' }}\n{% endblock %}";
        let subject = "{% block subject %}\nA question\n{% endblock %}";
        let text = format!("{{% extends layout %}}\n{subject}\n{opening}\n{closing}");
        text.replace("PLACE", place)
    };
    let (fifteen, seven) = ("15 days, until 15 January", "7 days, until 8 February");
    fs::write(
        copy.path("en/ask.j2"),
        soon(" far").replace("WHEN", fifteen),
    )
    .unwrap();
    fs::write(
        copy.path("en/soon.j2"),
        soon(" near").replace("WHEN", seven),
    )
    .unwrap();
    let complaints = copy.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("steps `ask-15` and `ask-7` "),
        "{complaints:?}"
    );
    // A copy under another name is none better, whoever signs it, and whichever side of the due date it is on.
    let copy = Copy::new("both-sides");
    fs::copy(copy.path("en/soon.j2"), copy.path("en/reminder.j2")).unwrap();
    let complaints = copy.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("steps `ask-7` and `late-3` "),
        "{complaints:?}"
    );
    let copy = Copy::new("same-words");
    fs::copy(copy.path("fr/reminder.j2"), copy.path("fr/firm.j2")).unwrap();
    let complaints = copy.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("steps `late-3` and `late-10` "),
        "{complaints:?}"
    );
}

#[test]
fn a_mail_without_a_subject_is_told() {
    let copy = Copy::new("subject");
    fs::write(copy.path("en/last.j2"), "{% extends layout %}").unwrap();
    let complaints = copy.complaints();
    assert_eq!(complaints, ["template `en/last` has no subject"]);
}

#[test]
fn a_language_without_templates_is_told() {
    let copy = Copy::new("language");
    fs::remove_dir_all(copy.path("en")).unwrap();
    assert_eq!(
        copy.complaints(),
        ["there are no templates for the language `en`"]
    );
    assert!(Templates::load(Path::new("/nowhere")).is_err());
}

#[test]
fn a_template_cannot_be_a_file_outside_the_folder() {
    let policy = policy();
    for template in [
        "../../relance.toml",
        "../en/ask",
        "/etc/passwd",
        ".hidden",
        "",
    ] {
        let letter = Letter {
            template,
            language: &policy.company.language,
            country: None,
            company: &policy.company,
            sender: &policy.senders["friendly"],
            debtor_name: None,
            today: DUE,
            rows: vec![complete()],
            others: Vec::new(),
            coming: Vec::new(),
            elsewhere: Vec::new(),
        };
        let refused = templates().render(&letter).unwrap_err();
        assert!(
            matches!(refused, TemplateError::Template { .. }),
            "{refused:?}"
        );
    }
}

#[test]
fn a_letter_without_invoices_is_not_written() {
    let policy = policy();
    let letter = Letter {
        template: "ask",
        language: &policy.company.language,
        country: None,
        company: &policy.company,
        sender: &policy.senders["friendly"],
        debtor_name: None,
        today: DUE,
        rows: Vec::new(),
        others: Vec::new(),
        coming: Vec::new(),
        elsewhere: Vec::new(),
    };
    let refused = templates().render(&letter).unwrap_err();
    assert!(
        matches!(refused, TemplateError::NothingToSay),
        "{refused:?}"
    );
}

#[test]
fn the_last_reminder_announces_a_formal_notice_and_is_none() {
    let french = render("last", "fr", None, DUE, vec![complete()]).text;
    assert!(
        french.contains("nous pourrons vous adresser une mise en demeure"),
        "{french}"
    );
    assert!(french.contains("le présent courriel n’en"), "{french}");
    let content = Content {
        rows: vec![complete()],
        ..Content::default()
    };
    let english = render_in(Some("FR"), "last", "en", None, DUE, content).text;
    assert!(english.contains("is not that notice"), "{english}");
}
