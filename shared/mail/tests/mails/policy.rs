//! The default policy and its templates fit together, and what does not fit is told.

use std::fs;
use std::path::{Path, PathBuf};

use dunning::policy::Policy;
use dunning::value::Language;
use mail::{Letter, Row, TemplateError, Templates, built_in_templates};

use crate::letters::{Content, DUE, complete, policy, policy_folder, render, render_in, templates};

/// A policy's own templates, none at first. Gone when it goes out of scope.
struct Own(PathBuf);

impl Own {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("relance-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A file of its own: the built-in one, changed.
    fn change(&self, file: &str, from: &str, to: &str) -> String {
        let text = shipped(file);
        assert!(text.contains(from), "{file}");
        let text = text.replace(from, to);
        self.write(file, &text);
        text
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn load(&self) -> Templates {
        Templates::load(&self.0).unwrap()
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    fn complaints(&self) -> Vec<String> {
        self.complaints_of(&in_two_languages(policy()))
    }

    fn complaints_of(&self, policy: &Policy) -> Vec<String> {
        let wrong = self.load().in_languages_of(policy).check(policy);
        let wrong = wrong.err().unwrap_or_default();
        wrong.iter().map(ToString::to_string).collect()
    }
}

/// The text of a built-in template.
fn shipped(file: &str) -> &'static str {
    let mut all = built_in_templates();
    let found = all.find(|(name, _)| *name == file);
    found.unwrap_or_else(|| panic!("{file}")).1
}

/// The default policy, changed.
fn policy_with(from: &str, to: &str) -> Policy {
    let text = fs::read_to_string(policy_folder().join("relance.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    in_two_languages(Policy::parse(&text.replace(from, to)).unwrap())
}

/// The same in English and French, unless it names its languages: to write in all takes its time.
fn in_two_languages(mut policy: Policy) -> Policy {
    let both = || languages(&["en", "fr"]);
    policy.company.languages.get_or_insert_with(both);
    policy
}

fn languages(codes: &[&str]) -> Vec<Language> {
    let codes = codes.iter();
    codes.map(|code| Language::parse(code).unwrap()).collect()
}

impl Drop for Own {
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
    assert_eq!(languages, ["de", "en", "es", "fr", "it", "nl", "pl", "pt"]);
}

#[test]
fn no_french_words_have_a_space_that_breaks_before_a_sign() {
    let french = built_in_templates().filter(|(file, _)| file.starts_with("fr/"));
    for (file, text) in french {
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
            assert!(!breaks, "{file}: {line}");
        }
    }
}

#[test]
fn every_template_that_comes_with_relance_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut there = Vec::new();
    for inside in ["", "de/", "en/", "es/", "fr/", "it/", "nl/", "pl/", "pt/"] {
        for entry in fs::read_dir(folder.join(inside)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let stem = name.strip_suffix(".j2");
            there.extend(stem.map(|stem| format!("{inside}{stem}.j2")));
        }
    }
    there.sort();
    let mut built_in: Vec<_> = built_in_templates().map(|(name, _)| name).collect();
    built_in.sort_unstable();
    assert_eq!(built_in, there);
}

#[test]
fn one_file_of_ones_own_changes_one_mail_and_no_other() {
    let own = Own::new("one-file");
    own.change("en/ask.j2", "Thank you.", "Many thanks.");
    let policy = policy();
    own.load().check(&policy).unwrap();
    assert_eq!(
        own.load().overrides(),
        [("en/ask.j2".to_owned(), true)].into()
    );
    let said = |template: &str| {
        let letter = letter(&policy, template, vec![complete()]);
        let text = |templates: Templates| templates.render(&letter).unwrap().text;
        (text(own.load()), text(templates()))
    };
    let (ours, built_in) = said("ask");
    assert_eq!(ours, built_in.replace("Thank you.", "Many thanks."));
    assert_ne!(ours, built_in);
    let (ours, built_in) = said("soon");
    assert_eq!(ours, built_in);
    // One that only repeats what is built in is known as such.
    own.write("fr/ask.j2", shipped("fr/ask.j2"));
    let overrides = [
        ("en/ask.j2".to_owned(), true),
        ("fr/ask.j2".to_owned(), false),
    ];
    assert_eq!(own.load().overrides(), overrides.into());
}

#[test]
fn what_the_steps_need_is_compiled_ahead_and_nothing_else() {
    let own = Own::new("ahead");
    let policy = policy_with("template = \"last\"", "template = \"final\"");
    for file in ["en/ask.j2", "en/last.j2"] {
        own.change(
            file,
            "{% block closing %}",
            "{% block closing %}\nBefore.\n\n",
        );
    }
    let templates = own.load();
    templates.read_ahead(&policy);
    for file in ["en/ask.j2", "en/last.j2"] {
        own.change(
            file,
            "{% block closing %}",
            "{% block closing %}\nAfter.\n\n",
        );
    }
    for (template, says) in [("ask", "Before."), ("last", "After.")] {
        let mail = templates.render(&letter(&policy, template, vec![complete()]));
        let text = mail.unwrap().text;
        assert!(text.contains(says), "{template}: {text}");
    }
}

#[test]
fn a_file_that_nobody_uses_is_told_with_the_name_that_was_meant() {
    let own = Own::new("unused");
    own.write("fr/remindr.j2", shipped("fr/reminder.j2"));
    own.write("letter.mjml", "");
    own.write(
        "en/thanks.j2",
        "{% macro thanks() %}Many thanks.{% endmacro %}",
    );
    let unused = "nobody uses it: it has the name of no built-in template and of no step's mail, and no other file asks for it";
    assert_eq!(
        own.complaints(),
        [
            format!("en/thanks.j2: {unused}"),
            format!("fr/remindr.j2: {unused}. Did you mean fr/reminder.j2?"),
            format!("letter.mjml: {unused}. Did you mean letter.mjml.j2?"),
        ]
    );
    fs::remove_file(own.path("fr/remindr.j2")).unwrap();
    fs::remove_file(own.path("letter.mjml")).unwrap();
    // What another file asks for is used; what people read, and what is hidden, is passed over.
    let import = "{% import \"en/thanks.j2\" as own %}\n{% block closing %}";
    let text = shipped("en/ask.j2").replace("{% block closing %}", import);
    own.write(
        "en/ask.j2",
        &text.replace("Thank you.", "{{ own.thanks() }}"),
    );
    own.write("en/.ask.j2.swp", "");
    own.write("README.md", "");
    assert_eq!(own.complaints(), Vec::<String>::new());
}

#[test]
fn a_step_with_a_mail_of_its_own_wants_it_in_each_language_that_is_written_in() {
    let own = Own::new("own-step");
    own.change(
        "fr/ask.j2",
        "{% block closing %}",
        "{% block closing %}\nAu plaisir de vous lire, et bonne journée.\n\n",
    );
    fs::rename(own.path("fr/ask.j2"), own.path("fr/gentle.j2")).unwrap();
    let both = policy_with("template = \"ask\"", "template = \"gentle\"");
    let complaints = own.complaints_of(&both);
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("`en/gentle`"), "{complaints:?}");
    let mut french = both.clone();
    french.company.language = Language::parse("fr").unwrap();
    french.company.languages = Some(vec![french.company.language.clone()]);
    assert_eq!(own.complaints_of(&french), Vec::<String>::new());
    let templates = own.load().in_languages_of(&french);
    assert_eq!(templates.languages(), [french.company.language.clone()]);
}

#[test]
fn nobody_is_written_to_in_a_language_that_lacks_one_of_the_mails_and_that_is_told() {
    let own = Own::new("some-languages");
    for language in ["en", "de"] {
        let text = shipped(&format!("{language}/ask.j2"));
        let text = text.replace("{% block closing %}", "{% block closing %}\nZ.\n\n");
        own.write(&format!("{language}/gentle.j2"), &text);
    }
    let mut policy = policy_with("template = \"ask\"", "template = \"gentle\"");
    policy.company.languages = None;
    assert_eq!(own.complaints_of(&policy), Vec::<String>::new());
    let templates = own.load();
    let left_out = templates.left_out(&policy);
    let left_out: Vec<_> = left_out.iter().map(|(_, file)| file.as_str()).collect();
    let lacking = ["es", "fr", "it", "nl", "pl", "pt"].map(|it| format!("{it}/gentle.j2"));
    assert_eq!(left_out, lacking);
    let codes = |templates: &Templates| -> Vec<String> {
        templates
            .languages()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let templates = templates.in_languages_of(&policy);
    assert_eq!(codes(&templates), ["de", "en"]);
    // Named, it is wanted.
    let mut named = policy.clone();
    named.company.languages = Some(languages(&["en", "fr"]));
    assert_eq!(own.load().left_out(&named), []);
    let complaints = own.complaints_of(&named);
    let wanted = |told: &String| told.contains("`fr/gentle`");
    assert!(complaints.iter().any(wanted), "{complaints:?}");
}

#[test]
fn a_name_that_is_not_there_is_told_with_its_line() {
    let own = Own::new("name");
    let broken = own.change("en/ask.j2", "Thank you.", "{{ invoice_nummer }}");
    let line = broken.lines().position(|line| line.contains("nummer"));
    let line = 1 + line.unwrap();
    let complaints = own.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].contains(&format!("en/ask.j2:{line}")),
        "{complaints:?}"
    );
}

#[test]
fn markup_that_is_not_mjml_is_told() {
    let own = Own::new("mjml");
    own.change("letter.mjml.j2", "mj-button", "mj-buton");
    let complaints = own.complaints();
    // All five mails in both languages have a button: it is one place all the same.
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("letter.mjml.j2:")
            && complaints[0].contains("<mj-buton> is unknown here"),
        "{complaints:?}"
    );
}

#[test]
fn fault_27_what_is_named_where_no_sample_comes_by_is_told_with_its_line() {
    let own = Own::new("branches");
    let never = "{% if today == 'never' %}\n{{ WRONG }}\n{% endif %}";
    for (file, wrong) in [
        ("en/ask.j2", "today|shout"),
        ("en/soon.j2", "'late' if invoice is numbered"),
        ("fr/ask.j2", "words.hwen(invoice)"),
        ("fr/soon.j2", "words.amount_duw"),
        ("fr/firm.j2", "today.upper()"),
        ("en/firm.j2", "yell(today)"),
    ] {
        let (before, after) = shipped(file).split_once("{% block opening %}\n").unwrap();
        let never = never.replace("WRONG", wrong);
        let text = format!("{before}{{% block opening %}}\n{never}\n{after}");
        own.write(file, &text);
    }
    // Words that the layout asks for, in one language only.
    own.change("fr/words.j2", "also_overdue_too", "also_overdue_twice");
    let complaints = own.complaints();
    let line = |file: &str| {
        let text = fs::read_to_string(own.path(file)).unwrap();
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
    let own = Own::new("at-once");
    // A name that is nowhere, where few letters come by; a syntax error; a mail that is missing.
    own.change(
        "fr/reminder.j2",
        "{{ invoice.received }}",
        "{{ invoice.receipt }}",
    );
    own.change("en/firm.j2", "{% endif %}", "");
    let mut policy = policy_with("template = \"last\"", "template = \"lost\"");
    policy.company.languages = Some(languages(&["en", "fr", "sv"]));
    own.write("fr/lost.j2", shipped("fr/last.j2"));
    // A language with one file.
    own.write("sv/ask.j2", shipped("fr/ask.j2"));
    // A name that no letter asks for.
    own.change(
        "fr/soon.j2",
        "{% block closing %}",
        "{% block closing %}{% if today == 'never' %}{{ debitor }}{{ invoice.nummer }}{% endif %}",
    );
    let complaints = own.complaints_of(&policy);
    let told = |words: &str| {
        complaints
            .iter()
            .filter(|told| told.contains(words))
            .count()
    };
    assert_eq!(told("fr/reminder.j2:"), 1, "{complaints:#?}");
    assert_eq!(told("en/firm.j2:"), 1, "{complaints:#?}");
    assert_eq!(told("`en/lost`"), 1, "{complaints:#?}");
    for template in ["ask", "soon", "reminder", "firm", "lost", "team"] {
        assert_eq!(told(&format!("`sv/{template}`")), 1, "{complaints:#?}");
    }
    assert_eq!(told("there is no `debitor`"), 1, "{complaints:#?}");
    assert_eq!(told("there is no `invoice.nummer`"), 1, "{complaints:#?}");
    assert_eq!(complaints.len(), 11, "{complaints:#?}");
}

#[test]
fn fault_28b_two_steps_that_say_the_same_are_refused() {
    let twice = policy_with("template = \"soon\"", "template = \"ask\"");
    let wrong = templates().check(&twice).unwrap_err();
    let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("steps `ask-15` and `ask-7` have one subject"),
        "{wrong:?}"
    );
    // Nor is one that differs by figures alone, where it is about several invoices alone.
    let own = Own::new("figures");
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
    own.write("en/ask.j2", &soon(" far").replace("WHEN", fifteen));
    own.write("en/soon.j2", &soon(" near").replace("WHEN", seven));
    let complaints = own.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("steps `ask-15` and `ask-7` "),
        "{complaints:?}"
    );
    // A copy under another name is none better, whoever signs it, and whichever side of the due date it is on.
    let own = Own::new("both-sides");
    own.write("en/reminder.j2", shipped("en/soon.j2"));
    let complaints = own.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("steps `ask-7` and `late-4` "),
        "{complaints:?}"
    );
    let own = Own::new("same-words");
    own.write("fr/firm.j2", shipped("fr/reminder.j2"));
    let complaints = own.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("steps `late-4` and `late-10` "),
        "{complaints:?}"
    );
}

#[test]
fn two_sequences_may_say_the_same_and_two_steps_of_one_may_not() {
    let step = |id: &str, days: u8| {
        format!(
            "[[sequences.steps]]\nid = \"{id}\"\non = \"due + {days} days\"\ntemplate = \"firm\"\nsender = \"collecting\"\n"
        )
    };
    let with = |steps: &str| {
        let head = "[[sequences]]\nname = \"others\"\nwhen = \"debtor.kind == 'consumer'\"\n";
        policy_with(
            "[first_contact]\n",
            &format!("{head}{steps}[first_contact]\n"),
        )
    };
    templates().check(&with(&step("others-9", 9))).unwrap();
    let wrong = templates().check(&with(&(step("others-9", 9) + &step("others-19", 19))));
    let wrong: Vec<_> = wrong.unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("steps `others-9` and `others-19` have one subject"),
        "{wrong:?}"
    );
}

#[test]
fn a_mail_without_a_subject_is_told() {
    let own = Own::new("subject");
    own.write("en/last.j2", "{% extends layout %}");
    let complaints = own.complaints();
    assert_eq!(
        complaints,
        ["en/last.j2: template `en/last` has no subject"]
    );
}

#[test]
fn a_language_without_templates_is_told() {
    let own = Own::new("language");
    let swedish = policy_with(
        "language = \"en\"\n",
        "language = \"en\"\nlanguages = [\"en\", \"sv\"]\n",
    );
    let complaints = own.complaints_of(&swedish);
    assert_eq!(complaints, ["there are no templates for the language `sv`"]);
    fs::create_dir(own.path("french")).unwrap();
    let complaints = own.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0].starts_with("french: no language is called so"),
        "{complaints:?}"
    );
    // A file in the place of the folder.
    own.write("file", "");
    assert!(Templates::load(&own.path("file")).is_err());
}

/// A letter in the company's language.
fn letter<'a>(policy: &'a Policy, template: &'a str, rows: Vec<Row<'a>>) -> Letter<'a> {
    Letter {
        template,
        language: &policy.company.language,
        country: None,
        company: &policy.company,
        sender: &policy.senders["friendly"],
        debtor_name: None,
        today: DUE,
        rows,
        others: Vec::new(),
        coming: Vec::new(),
        elsewhere: Vec::new(),
    }
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
        let letter = letter(&policy, template, vec![complete()]);
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
    let letter = letter(&policy, "ask", Vec::new());
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
