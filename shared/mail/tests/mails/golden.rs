//! Golden files: every mail, in every language, for one invoice and for several, and the odd cases.

use dunning::journal::{NoticeKind, Reader};
use dunning::policy::Policy;
use dunning::value::Language;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use mail::{MatterLine, NoticeLine, Rendered, Row, TeamLetter};

use crate::letters::{
    Content, DUE, bare, complete, credited, euros, in_part, later, link, money, part_paid, policy,
    policy_folder, render, render_in, render_under, several, templates,
};
use crate::visible::visible;

const LANGUAGES: [&str; 8] = ["de", "en", "es", "fr", "it", "nl", "pl", "pt"];
/// Each of their pages is looked at by programs; of the others, those with the most on them.
const SEEN_WHOLE: [&str; 2] = ["en", "fr"];

/// The templates, each with the day on which the default policy sends it.
fn mails() -> [(&'static str, Date); 5] {
    [
        ("ask", -15),
        ("soon", -7),
        ("reminder", 3),
        ("firm", 10),
        ("last", 21),
    ]
    .map(|(template, days)| (template, DUE.saturating_add(days.days())))
}

fn assert_golden(name: &str, mail: &Rendered) {
    let Rendered {
        subject,
        text,
        html,
    } = mail;
    keep(name, mail);
    let html = visible(html);
    let all = format!("SUBJECT\n{subject}\n\nTEXT\n{text}\nHTML\n{html}\n");
    // A no-break space that became an ordinary one, or the other way round, shall be seen in review.
    let all = all.replace('\u{a0}', "⍽").replace('\u{202f}', "⸱");
    insta::assert_snapshot!(name, all);
}

/// Writes the page into the folder `MAIL_PAGES`, to be looked at in a browser, and beside it the text with its subject
/// above. With `ALL_PAGES` there are none too many.
fn keep(name: &str, mail: &Rendered) {
    let language = name.split('_').nth(1).unwrap_or_default();
    let has_most = name.ends_with("_several") || name.starts_with("team_");
    let is_seen =
        has_most || SEEN_WHOLE.contains(&language) || std::env::var_os("ALL_PAGES").is_some();
    if let Some(folder) = std::env::var_os("MAIL_PAGES").filter(|_| is_seen) {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let text = format!("{}\n\n{}", mail.subject, mail.text);
        for (ending, content) in [("html", &mail.html), ("txt", &text)] {
            let file = folder.join(format!("{name}.{ending}"));
            std::fs::write(file, content).expect("a page can be kept");
        }
    }
}

/// Each mail about one invoice, by a name of its own.
fn assert_each(kind: &str, row: &Row<'static>) {
    for language in LANGUAGES {
        for (template, today) in mails() {
            let rows = vec![row.clone()];
            let mail = render(template, language, Some("Acme & Sons"), today, rows);
            assert_golden(&format!("{template}_{language}_{kind}"), &mail);
        }
    }
}

#[test]
fn each_mail_about_one_invoice_is_as_it_was_reviewed() {
    assert_each("one", &complete());
}

#[test]
fn each_mail_about_several_invoices_is_as_it_was_reviewed() {
    for language in LANGUAGES {
        for (template, today) in mails() {
            let mail = render(template, language, Some("Acme & Sons"), today, several());
            assert_golden(&format!("{template}_{language}_several"), &mail);
        }
    }
}

#[test]
fn a_mail_says_where_a_transfer_goes_for_each_currency_that_it_asks_for() {
    let text = std::fs::read_to_string(policy_folder().join("relance.toml")).unwrap();
    let accounts = "[company.accounts.EUR]\niban = \"FR76 3000 6000 0112 3456 7890 189\"\nbank_code = \"AGRIFRPP\"\nbank = \"Example Bank\"\n\n[company.accounts.USD]\nnumber = \"000123456789\"\nbank_code = \"021000021\"\nholder = \"Example Inc.\"\n\n[company.accounts.GBP]\nnumber = \"1\"\n\n";
    let policy = Policy::parse(&format!("{accounts}{text}")).unwrap();
    for language in LANGUAGES {
        let today = DUE.saturating_add(3.days());
        for (kind, rows) in [("one", vec![complete()]), ("several", several())] {
            let content = Content {
                rows,
                ..Content::default()
            };
            let name = Some("Acme & Sons");
            let mail = render_under(&policy, None, "reminder", language, name, today, content);
            assert_golden(&format!("reminder_{language}_transfer_{kind}"), &mail);
            assert!(mail.text.contains("FR76 3000 6000 0112 3456 7890 189"));
            assert!(!mail.text.contains("GBP"), "{}", mail.text);
        }
    }
}

#[test]
fn each_mail_about_an_invoice_that_is_part_paid_says_what_was_received() {
    assert_each("part_paid", &part_paid());
}

#[test]
fn each_mail_about_an_invoice_that_was_credited_in_part_says_so_and_thanks_for_no_payment() {
    assert_each("credited", &credited());
}

#[test]
fn of_an_amount_that_is_less_for_an_unknown_reason_neither_is_said() {
    for language in LANGUAGES {
        let mail = render(
            "reminder",
            language,
            None,
            DUE.saturating_add(3.days()),
            vec![in_part()],
        );
        assert_golden(&format!("reminder_{language}_in_part"), &mail);
        for word in ["received", "credited", "reçu", "avoirs"] {
            assert!(!mail.text.to_lowercase().contains(word), "{}", mail.text);
        }
    }
}

/// The leading invoice is 21 days late, two others less so, one of them in dollars; one is to come.
fn mixed() -> Content<'static> {
    let milder = Row {
        number: "F-2027-0125",
        due_on: date(2027, 1, 26),
        ..part_paid()
    };
    let dollars = Row {
        number: "F-2027-0126",
        due_on: date(2027, 2, 2),
        total: money(250_000, "USD"),
        remaining: money(250_000, "USD"),
        ..bare()
    };
    Content {
        rows: vec![complete()],
        others: vec![milder, dollars],
        coming: vec![later()],
        elsewhere: Vec::new(),
    }
}

#[test]
fn a_last_reminder_says_that_others_are_overdue_that_are_not_in_it() {
    let today = DUE.saturating_add(21.days());
    let others = [
        ("elsewhere", vec![euros(90_000)]),
        (
            "elsewhere_more",
            vec![euros(90_000), euros(10_000), money(250_000, "USD")],
        ),
    ];
    for language in LANGUAGES {
        for (name, elsewhere) in &others {
            let content = Content {
                elsewhere: elsewhere.clone(),
                rows: vec![complete()],
                ..Content::default()
            };
            let mail = render_in(None, "last", language, None, today, content);
            assert_golden(&format!("last_{language}_{name}"), &mail);
        }
    }
}

#[test]
fn fault_32_what_is_at_a_milder_step_or_only_coming_stands_apart() {
    let today = DUE.saturating_add(21.days());
    for language in LANGUAGES {
        for template in ["reminder", "firm", "last"] {
            let mail = render_in(Some("GB"), template, language, None, today, mixed());
            assert_golden(&format!("{template}_{language}_mixed"), &mail);
            // What is harsh names the leading invoice and its amount, and so does the subject.
            let whole = format!("{}\n{}", mail.subject, mail.text);
            let (harsh, apart) = whole.split_once("F-2027-0125").expect("it is there");
            assert!(mail.subject.contains("F-2027-0117"), "{}", mail.subject);
            assert!(!harsh.contains("F-2027-0126"), "{whole}");
            assert!(apart.contains("F-2027-0126"), "{whole}");
            // Only a friendly mail mentions what is to come.
            let mentions = apart.contains("F-2027-0130");
            assert_eq!(mentions, template == "reminder", "{whole}");
            assert!(!harsh.contains("F-2027-0130"), "{whole}");
        }
    }
}

#[test]
fn a_question_about_invoices_of_two_steps_asks_about_both() {
    for language in LANGUAGES {
        for (template, today) in &mails()[..2] {
            let content = Content {
                rows: vec![complete()],
                others: vec![later()],
                ..Content::default()
            };
            let mail = render_in(None, template, language, None, *today, content);
            assert_golden(&format!("{template}_{language}_mixed"), &mail);
            assert!(mail.text.contains("F-2027-0130"));
        }
    }
}

#[test]
fn where_no_formal_notice_is_known_none_is_announced() {
    let today = DUE.saturating_add(21.days());
    for country in ["FR", "US", "GB"] {
        let content = Content {
            rows: vec![complete()],
            ..Content::default()
        };
        let mail = render_in(Some(country), "last", "en", None, today, content);
        let announces = |text: &str| text.to_lowercase().contains("formal notice");
        assert_eq!(announces(&mail.subject), country == "FR", "{country}");
        assert_eq!(announces(&mail.text), country == "FR", "{country}");
        assert_eq!(mail.text.contains("January 15, 2027"), country == "US");
        assert_golden(&format!("last_en_{}", country.to_lowercase()), &mail);
    }
}

#[test]
fn each_language_announces_a_formal_notice_where_one_comes_next_and_nowhere_else() {
    let today = DUE.saturating_add(21.days());
    for (language, at_home) in [
        ("de", "AT"),
        ("en", "FR"),
        ("es", "ES"),
        ("fr", "BE"),
        ("it", "IT"),
        ("nl", "NL"),
        ("pl", "PL"),
        ("pt", "PT"),
    ] {
        let [announces, plain] = [at_home, "US"].map(|country| {
            let content = Content {
                rows: vec![complete()],
                ..Content::default()
            };
            render_in(Some(country), "last", language, None, today, content)
        });
        assert_ne!(announces.subject, plain.subject, "{language}");
        assert!(announces.subject.len() > plain.subject.len(), "{language}");
        assert_ne!(announces.text, plain.text, "{language}");
    }
}

#[test]
fn an_invoice_without_order_number_and_links_leaves_no_gap() {
    for language in LANGUAGES {
        let mail = render("ask", language, None, DUE, vec![bare()]);
        assert_golden(&format!("ask_{language}_bare_due_today"), &mail);
    }
}

#[test]
fn each_currency_has_a_table_and_a_total_of_its_own() {
    let dollars = Row {
        number: "F-2027-0140",
        total: money(250_000, "USD"),
        remaining: money(250_000, "USD"),
        ..bare()
    };
    let dinars = Row {
        number: "F-2027-0141",
        total: money(1_234_567, "TND"),
        remaining: money(1_234_567, "TND"),
        ..bare()
    };
    for language in LANGUAGES {
        for (template, today) in mails() {
            let rows = vec![complete(), dollars.clone(), bare(), dinars.clone()];
            let mail = render(template, language, Some("Acme & Sons"), today, rows);
            assert_golden(&format!("{template}_{language}_currencies"), &mail);
        }
    }
}

#[test]
fn fault_28b_wish_16_no_two_mails_of_a_ladder_share_their_subject_or_their_words() {
    for language in LANGUAGES {
        for rows in [vec![complete()], several()] {
            let said = mails().map(|(template, _)| {
                let mail = render(template, language, None, DUE, rows.clone());
                (mail.subject, mail.text)
            });
            for (place, (subject, text)) in said.iter().enumerate() {
                for (other_subject, other_text) in &said[..place] {
                    assert_ne!(subject, other_subject);
                    assert_ne!(text, other_text);
                }
            }
        }
    }
}

/// So many matters, most of them of one debtor.
fn matters(count: usize, numbers: &[String]) -> Vec<MatterLine<'_>> {
    let command = "relance release in_1QWbY2LkQvB8xT4dH7nRsPqE --hold too-late --stack relance";
    let numbers = numbers.iter().take(count).enumerate();
    let matters = numbers.map(|(index, number)| MatterLine {
        subject: number,
        debtor: Some(("Acme & Sons", "cus_1")),
        amount: (index != 1).then(|| euros(123_456)),
        since: [DUE, date(2027, 1, 1)][index % 2],
        command: (index != 1).then(|| command.to_owned()),
    });
    matters.collect()
}

fn team_letter<'a>(
    company: &'a dunning::policy::Company,
    reader: Reader,
    kinds: &[NoticeKind],
    numbers: &'a [String],
) -> TeamLetter<'a> {
    let notice = |(index, kind): (usize, &NoticeKind)| NoticeLine {
        kind: *kind,
        count: [1, 2, 5000][index % 3],
        matters: matters([1, 2, 12][index % 3], numbers),
        since: [DUE, date(2027, 1, 1)][index % 2],
    };
    TeamLetter {
        company,
        reader,
        today: DUE,
        notices: kinds.iter().enumerate().map(notice).collect(),
    }
}

#[test]
fn the_mail_to_the_team_is_as_it_was_reviewed() {
    let mut policy = policy();
    let numbers: Vec<String> = (1..=12).map(|n: u32| format!("F-2027-{n:04}")).collect();
    for language in LANGUAGES {
        policy.company.language = Language::parse(language).expect("a language code");
        // The words for what only a newer version knows are nobody's own.
        let kinds = NoticeKind::ALL;
        let kinds = kinds.split_last().expect("there are several").1;
        let letter = team_letter(&policy.company, Reader::Finance, kinds, &numbers);
        let mail = templates()
            .render_team(&letter)
            .expect("the mail can be written");
        for kind in kinds {
            assert!(!mail.text.contains(kind.as_str()), "{kind:?} has no words");
        }
        assert_golden(&format!("team_{language}"), &mail);
        let kinds = [NoticeKind::TemplateFails];
        let letter = team_letter(&policy.company, Reader::Engineer, &kinds, &numbers);
        let mail = templates().render_team(&letter).expect("it can be written");
        assert_golden(&format!("engineer_{language}"), &mail);
    }
}

#[test]
fn the_subject_to_the_team_says_what_is_worst_whose_it_is_and_how_much_else_there_is() {
    use NoticeKind::{AddressBounced, LastStepSent, NoDueDate, SesSilent};
    let mut policy = policy();
    let numbers: Vec<String> = (1..=12).map(|n: u32| format!("F-2027-{n:04}")).collect();
    for (language, kinds, subject) in [
        (
            "en",
            vec![AddressBounced],
            "Relance: address bounced (Acme & Sons, €1,234.56)",
        ),
        (
            "en",
            vec![NoDueDate, LastStepSent],
            "Relance: last reminder sent (Acme & Sons, €1,234.56), and 2 more",
        ),
        (
            "en",
            vec![LastStepSent, SesSilent],
            "Relance: Amazon SES does not answer, and 2 more",
        ),
        (
            "fr",
            vec![LastStepSent, NoDueDate],
            "Relance\u{a0}: dernier rappel parti (Acme & Sons, 1\u{202f}234,56\u{a0}€), et 2 autres",
        ),
    ] {
        policy.company.language = Language::parse(language).expect("a language code");
        let letter = team_letter(&policy.company, Reader::Finance, &kinds, &numbers);
        let mail = templates().render_team(&letter).expect("it can be written");
        assert_eq!(mail.subject, subject);
    }
    // Each kind has words for it; what is newer has none of its own.
    let kinds = NoticeKind::ALL;
    let kinds = kinds.split_last().expect("there are several").1;
    for language in LANGUAGES {
        policy.company.language = Language::parse(language).expect("a language code");
        for kind in kinds {
            let letter = team_letter(&policy.company, Reader::Finance, &[*kind], &numbers);
            let mail = templates().render_team(&letter).expect("it can be written");
            let headline = mail.subject.split([':', '(']).nth(1).map(str::trim);
            assert_ne!(headline, Some(kind.as_str()));
        }
    }
}

#[test]
fn what_an_earlier_version_noted_is_told_with_what_it_knew() {
    let policy = policy();
    let matter = MatterLine {
        subject: "F-2027-0117",
        debtor: None,
        amount: None,
        since: DUE,
        command: None,
    };
    let letter = TeamLetter {
        company: &policy.company,
        reader: Reader::Finance,
        today: DUE,
        notices: vec![NoticeLine {
            kind: NoticeKind::LastStepSent,
            count: 1,
            matters: vec![matter],
            since: DUE,
        }],
    };
    let mail = templates().render_team(&letter).expect("it can be written");
    assert!(
        mail.text.contains("  - F-2027-0117 (today)\n"),
        "{}",
        mail.text
    );
}

/// The golden files above show what is read; this one shows the whole page, once.
#[test]
fn the_page_around_a_mail_is_as_it_was_reviewed() {
    let mail = render("reminder", "fr", None, DUE, vec![complete()]);
    insta::assert_snapshot!("whole_page", mail.html.replace('>', ">\n"));
}

#[test]
fn ninety_invoices_make_a_mail_that_is_shown_whole() {
    let row = |index: usize| Row {
        number: ["F-2027-0117", "F-2027-0118"][index % 2],
        remaining: euros(100_000),
        credited: Some(euros(10_000)),
        pay_url: link(LONG_LINK),
        pdf_url: link(LONG_LINK),
        ..complete()
    };
    let mail = render(
        "last",
        "fr",
        None,
        date(2027, 2, 5),
        (0..90).map(row).collect(),
    );
    // Gmail cuts a mail off at 102 KB of HTML.
    assert!(mail.html.len() < 102_000, "{} bytes", mail.html.len());
}

/// As long as a link of Stripe's to a hosted invoice.
const LONG_LINK: &str = "https://invoice.example.com/i/acct_1032D82eZvKYlo2C/live_YWNjdF8xMDMyRDgyZVp2S1lsbzJDLF9PSzZ0MnlVWlhxcFBsQTZlSG9kSU1oYkdYbW9RLDEyMzQ1Njc4OQ0200abcdefgh?s=ap";
