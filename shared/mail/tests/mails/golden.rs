//! Golden files: every mail, in every language, for one invoice and for several, and the odd cases.

use dunning::journal::NoticeKind;
use dunning::value::Language;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use mail::{NoticeLine, Rendered, Row, TeamLetter};

use crate::letters::{
    DUE, bare, complete, euros, link, money, part_paid, policy, render, several, templates,
};
use crate::visible::visible;

const LANGUAGES: [&str; 2] = ["en", "fr"];

/// The templates, each with the day on which the default policy sends it.
fn mails() -> [(&'static str, Date); 4] {
    [("ask", -15), ("reminder", 3), ("firm", 10), ("last", 21)]
        .map(|(template, days)| (template, DUE.saturating_add(days.days())))
}

fn assert_golden(name: &str, mail: &Rendered) {
    let Rendered {
        subject,
        text,
        html,
    } = mail;
    let html = visible(html);
    let all = format!("SUBJECT\n{subject}\n\nTEXT\n{text}\nHTML\n{html}\n");
    // A no-break space that became an ordinary one, or the other way round, shall be seen in review.
    let all = all.replace('\u{a0}', "⍽").replace('\u{202f}', "⸱");
    insta::assert_snapshot!(name, all);
}

#[test]
fn each_mail_about_one_invoice_is_as_it_was_reviewed() {
    for language in LANGUAGES {
        for (template, today) in mails() {
            let mail = render(
                template,
                language,
                Some("Acme & Sons"),
                today,
                vec![complete()],
            );
            assert_golden(&format!("{template}_{language}_one"), &mail);
        }
    }
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
fn each_mail_about_an_invoice_that_is_part_paid_says_what_was_paid() {
    for language in LANGUAGES {
        for (template, today) in mails() {
            let mail = render(template, language, None, today, vec![part_paid()]);
            assert_golden(&format!("{template}_{language}_part_paid"), &mail);
        }
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
    let today = date(2027, 1, 16);
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
        let rows = vec![complete(), dollars.clone(), bare(), dinars.clone()];
        let mail = render("firm", language, Some("Acme & Sons"), today, rows);
        assert_golden(&format!("firm_{language}_currencies"), &mail);
    }
}

/// Every kind of notice: each needs words in each language.
const KINDS: [NoticeKind; 18] = [
    NoticeKind::NoDueDate,
    NoticeKind::NoAddress,
    NoticeKind::AddressBounced,
    NoticeKind::AddressComplained,
    NoticeKind::Reopened,
    NoticeKind::TooLateAtEntry,
    NoticeKind::NoStepLeft,
    NoticeKind::LastStepSent,
    NoticeKind::MailRefused,
    NoticeKind::MailUnknown,
    NoticeKind::PlaceUnsteady,
    NoticeKind::OtherMode,
    NoticeKind::Nonsense,
    NoticeKind::QuotaSpent,
    NoticeKind::SesSilent,
    NoticeKind::AddressIncomplete,
    NoticeKind::AddressNotAscii,
    NoticeKind::AddressMalformed,
];

#[test]
fn the_mail_to_the_team_is_as_it_was_reviewed() {
    let mut policy = policy();
    let number = |number: u32| format!("F-2027-{number:04}");
    let subjects: Vec<String> = (1..=5000).map(number).collect();
    for language in LANGUAGES {
        policy.company.language = Language::parse(language).expect("a language code");
        let notice = |(index, kind)| NoticeLine {
            kind,
            count: [1, 2, 5000][index % 3],
            subjects: &subjects[..[1, 2, 5000][index % 3]],
            since: [DUE, date(2027, 1, 1)][index % 2],
        };
        let letter = TeamLetter {
            company: &policy.company,
            today: DUE,
            notices: KINDS.into_iter().enumerate().map(notice).collect(),
        };
        let mail = templates()
            .render_team(&letter)
            .expect("the mail can be written");
        for kind in KINDS {
            assert!(!mail.text.contains(kind.as_str()), "{kind:?} has no words");
        }
        assert_golden(&format!("team_{language}"), &mail);
    }
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
