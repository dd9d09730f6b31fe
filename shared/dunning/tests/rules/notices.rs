//! When the team is told, and of what.

use std::fmt::Write;

use dunning::file::{TeamClaim, TeamFile};
use dunning::journal::NoticeKind::{self, LastStepSent, MailRefused, NoDueDate};
use dunning::journal::{About, Notice, Reader};
use dunning::policy::Policy;
use dunning::rules::{Context, Heard, TeamMail, decide_team, notices_since, readers};
use dunning::value::EmailAddress;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::common::{at, euros, event, one_invoice, policy};

const WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// The team's desk: its file, and what was heard.
pub(crate) struct Desk {
    policy: Policy,
    team: TeamFile,
    version: u64,
    heard: Vec<Heard>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            policy: policy(),
            team: TeamFile::default(),
            version: 1,
            heard: Vec::new(),
        }
    }

    pub(crate) fn hears(&mut self, when: &str, kind: NoticeKind, subject: &str) {
        self.hears_of(when, Notice::new(kind, subject));
    }

    fn hears_of(&mut self, when: &str, notice: Notice) {
        let at = at(when);
        self.heard.push(Heard { at, notice });
    }

    fn context(&self, now: Timestamp) -> Context<'_> {
        Context::new(&self.policy, now)
    }

    fn reads_since(&self, now: &str) -> String {
        notices_since(self.context(at(now)), &self.team).to_string()
    }

    /// Somebody knocks, and nothing is heard of the mail that leaves, if one does.
    pub(crate) fn claims(&mut self, now: Timestamp) -> Option<TeamMail> {
        let ctx = self.context(now);
        let since = notices_since(ctx, &self.team);
        let read: Vec<Heard> = self
            .heard
            .iter()
            .filter(|heard| heard.at >= since && heard.at <= now)
            .cloned()
            .collect();
        let decide = |reader| decide_team(ctx, reader, &self.team, self.version, &read, WINDOW);
        let (team, mail) = readers(&self.policy).find_map(decide)?;
        self.team = team;
        self.version += 1;
        Some(mail)
    }

    /// Somebody knocks, and a mail that leaves is taken by SES.
    pub(crate) fn tells(&mut self, now: Timestamp) -> Option<TeamMail> {
        let mail = self.claims(now)?;
        self.team = self.team.clone().heard_of(&mail.claim).unwrap();
        Some(mail)
    }

    fn unheard(&mut self, now: &str) -> String {
        let mail = self.claims(at(now));
        text(mail.as_ref())
    }

    fn mail(&mut self, now: &str) -> String {
        let mail = self.tells(at(now));
        text(mail.as_ref())
    }
}

/// A mail, a line for each problem.
fn text(mail: Option<&TeamMail>) -> String {
    let Some(mail) = mail else {
        return "no mail".to_owned();
    };
    let mut text = String::new();
    for line in &mail.lines {
        let (kind, count) = (line.kind.as_str(), line.count);
        let subjects = line.matters.iter().map(|matter| matter.subject.as_str());
        let (subjects, since) = (subjects.collect::<Vec<_>>().join(", "), line.since);
        writeln!(text, "{count} {kind}: {subjects}, since {since}").unwrap();
    }
    text
}

// 11 January 2027 is a Monday; nine to five in Paris is eight to four.

#[test]
fn where_nothing_was_heard_the_team_gets_no_mail() {
    assert_eq!(Desk::new().mail("2027-01-11T10:00:00Z"), "no mail");
}

#[test]
fn a_mail_has_a_line_for_each_problem_with_its_count_and_each_subject_once() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:05:00Z", MailRefused, "Client");
    desk.hears("2027-01-11T09:01:00Z", MailRefused, "Client");
    desk.hears("2027-01-11T09:03:00Z", MailRefused, "Other");
    desk.hears("2027-01-11T09:02:00Z", NoDueDate, "N-1");
    assert_eq!(
        desk.mail("2027-01-11T10:00:00Z"),
        "1 no_due_date: N-1, since 2027-01-11T09:02:00Z\n\
         3 mail_refused: Client, Other, since 2027-01-11T09:01:00Z\n"
    );
}

#[test]
fn what_was_told_is_not_told_again() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(desk.mail("2027-01-11T10:00:00Z"), "no mail");
    for later in [
        "2027-01-11T12:00:00Z",
        "2027-01-12T12:00:00Z",
        "2027-01-13T12:00:00Z",
    ] {
        assert_eq!(desk.mail(later), "no mail", "{later}");
    }
}

#[test]
fn the_team_gets_at_most_one_mail_in_55_minutes() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(desk.mail("2027-01-11T10:00:00Z"), "no mail");
    desk.hears("2027-01-11T10:05:00Z", NoDueDate, "N-2");
    assert_eq!(desk.mail("2027-01-11T10:54:59Z"), "no mail");
    assert_eq!(
        desk.mail("2027-01-11T10:55:00Z"),
        "1 no_due_date: N-2, since 2027-01-11T10:05:00Z\n"
    );
}

#[test]
fn a_problem_that_comes_back_is_told_once_a_day() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(desk.mail("2027-01-11T10:00:00Z"), "no mail");
    desk.hears("2027-01-11T11:00:00Z", NoDueDate, "N-1");
    assert_eq!(desk.mail("2027-01-11T12:00:00Z"), "no mail");
    // Another problem of the same invoice, and the same one of another.
    desk.hears("2027-01-11T12:30:00Z", LastStepSent, "N-1");
    desk.hears("2027-01-11T12:31:00Z", NoDueDate, "N-2");
    assert_eq!(
        desk.mail("2027-01-11T14:00:00Z"),
        "1 no_due_date: N-2, since 2027-01-11T12:31:00Z\n\
         1 last_step_sent: N-1, since 2027-01-11T12:30:00Z\n"
    );
    desk.hears("2027-01-12T09:00:00Z", NoDueDate, "N-1");
    assert_eq!(
        desk.mail("2027-01-12T10:00:00Z"),
        "1 no_due_date: N-1, since 2027-01-12T09:00:00Z\n"
    );
}

#[test]
fn the_team_is_written_to_in_the_hours_of_the_company_and_never_on_a_week_end() {
    let mut desk = Desk::new();
    desk.hears("2027-01-15T15:30:00Z", NoDueDate, "N-1");
    for closed in [
        "2027-01-15T16:00:00Z",
        "2027-01-16T10:00:00Z",
        "2027-01-17T10:00:00Z",
        "2027-01-18T07:59:59Z",
    ] {
        assert_eq!(desk.mail(closed), "no mail", "{closed}");
    }
    assert_eq!(
        desk.mail("2027-01-18T08:00:00Z"),
        "1 no_due_date: N-1, since 2027-01-15T15:30:00Z\n"
    );
}

#[test]
fn a_notice_younger_than_a_minute_waits_for_the_next_mail() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:59:01Z", NoDueDate, "N-2");
    assert_eq!(desk.mail("2027-01-11T10:00:00Z"), "no mail");
    desk.hears("2027-01-11T09:59:00Z", NoDueDate, "N-1");
    assert_eq!(
        desk.mail("2027-01-11T10:00:00Z"),
        "1 no_due_date: N-1, since 2027-01-11T09:59:00Z\n"
    );
    assert_eq!(
        desk.mail("2027-01-11T11:00:00Z"),
        "1 no_due_date: N-2, since 2027-01-11T09:59:01Z\n"
    );
}

#[test]
fn while_nothing_was_heard_of_a_mail_no_other_leaves() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(desk.unheard("2027-01-11T10:00:00Z"), "no mail");
    desk.hears("2027-01-11T10:05:00Z", NoDueDate, "N-2");
    assert_eq!(desk.mail("2027-01-11T10:29:59Z"), "no mail");
}

#[test]
fn a_mail_of_which_nothing_was_heard_is_sent_a_second_time_with_what_came_since() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(desk.unheard("2027-01-11T10:00:00Z"), "no mail");
    desk.hears("2027-01-11T10:05:00Z", NoDueDate, "N-2");
    assert_eq!(
        desk.mail("2027-01-11T10:30:00Z"),
        "2 no_due_date: N-1, N-2, since 2027-01-11T09:00:00Z\n"
    );
}

#[test]
fn a_mail_of_which_nothing_was_heard_twice_is_never_sent_again() {
    let mut desk = Desk::new();
    // One is told and done with: the second try does not tell it again.
    desk.hears("2027-01-11T08:00:00Z", NoDueDate, "N-0");
    assert_ne!(desk.mail("2027-01-11T08:30:00Z"), "no mail");
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    let same = "1 no_due_date: N-1, since 2027-01-11T09:00:00Z\n";
    assert_eq!(desk.unheard("2027-01-11T10:00:00Z"), same);
    assert_eq!(desk.unheard("2027-01-11T10:30:00Z"), same);
    assert_eq!(desk.unheard("2027-01-11T11:00:00Z"), "no mail");
    assert_eq!(desk.unheard("2027-01-12T11:00:00Z"), "no mail");
    // What comes later has two tries of its own.
    desk.hears("2027-01-12T12:00:00Z", NoDueDate, "N-2");
    let later = "1 no_due_date: N-2, since 2027-01-12T12:00:00Z\n";
    assert_eq!(desk.unheard("2027-01-12T13:00:00Z"), later);
    assert_eq!(desk.unheard("2027-01-12T13:30:00Z"), later);
    assert_eq!(desk.unheard("2027-01-12T14:00:00Z"), "no mail");
}

#[test]
fn a_claim_stands_in_the_file_with_all_that_a_second_try_needs() {
    let mut desk = Desk::new();
    desk.team.team.told_until = Some(at("2027-01-11T08:00:00Z"));
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    let mail = desk.claims(at("2027-01-11T10:00:00Z")).unwrap();
    let TeamClaim {
        id,
        unknown_after,
        told_before,
        rehearsed_before,
        attempt,
    } = desk.team.team.claim.clone().unwrap();
    assert_eq!(id, mail.claim);
    assert_eq!(unknown_after, at("2027-01-11T10:30:00Z"));
    assert_eq!(told_before, Some(at("2027-01-11T08:00:00Z")));
    assert_eq!(rehearsed_before, None);
    assert!(!bool::from(attempt), "the first try");
    assert_eq!(desk.team.team.told_until, Some(at("2027-01-11T09:59:00Z")));
    assert_eq!(desk.team.team.mailed_at, Some(at("2027-01-11T10:00:00Z")));
    // No two claims share a name.
    let again = desk.claims(at("2027-01-11T10:30:00Z")).unwrap();
    assert_ne!(again.claim, mail.claim);
    assert_eq!(mail.claim.as_str().len(), 24);
}

#[test]
fn all_that_was_heard_since_the_last_word_and_all_of_today_is_read() {
    let mut desk = Desk::new();
    let now = "2027-01-11T10:00:00Z";
    // Nothing was told ever.
    assert_eq!(desk.reads_since(now), "1970-01-01T00:00:00Z");
    // Told today: what came today counts, so that no problem is told twice.
    desk.team.team.told_until = Some(at("2027-01-11T09:00:00Z"));
    assert_eq!(desk.reads_since(now), "2027-01-10T23:00:00Z");
    desk.team.team.told_until = Some(at("2027-01-08T15:00:00Z"));
    assert_eq!(desk.reads_since(now), "2027-01-08T15:00:00Z");
    // A mail may have to be sent again.
    desk.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(desk.unheard(now), "no mail");
    assert_eq!(desk.reads_since(now), "2027-01-08T15:00:00Z");
    let mut first = Desk::new();
    first.hears("2027-01-11T09:00:00Z", NoDueDate, "N-1");
    assert_ne!(first.unheard(now), "no mail");
    assert_eq!(first.reads_since(now), "1970-01-01T00:00:00Z");
}

#[test]
fn fault_30_a_matter_is_told_with_its_debtor_what_is_owed_and_since_when() {
    let mut kept = one_invoice();
    let invoice = kept.file.open.values().next().unwrap().clone();
    let notice = Notice::new(LastStepSent, "N-1");
    let notice = notice.of_debtor(&kept.file.debtor).of_invoice(&invoice);
    let mut desk = Desk::new();
    desk.hears_of("2027-01-11T09:00:00Z", notice.clone());
    // A part of it was paid meanwhile: it is the same matter, and the newest word of it counts.
    let mut paid = crate::common::invoice("in_1", "2027-02-15");
    paid.remaining = euros(4_000);
    kept.hear("2027-01-11T10:01:00Z", &event("2027-01-11T10:01:00Z", paid));
    let invoice = kept.file.open.values().next().unwrap();
    let later = notice.clone().of_invoice(invoice);
    desk.hears_of("2027-01-11T09:02:00Z", later);
    let mail = desk.tells(at("2027-01-11T10:00:00Z")).unwrap();
    let [line] = mail.lines.as_slice() else {
        panic!("{:?}", mail.lines)
    };
    let [matter] = line.matters.as_slice() else {
        panic!("{:?}", line.matters)
    };
    let About {
        debtor,
        name,
        invoice,
        amount,
        source,
    } = matter.about.clone();
    assert_eq!(debtor.unwrap().to_string(), "stripe#default#live#cus_1");
    assert_eq!(name.as_deref(), Some("Client"));
    assert_eq!(invoice.unwrap().as_str(), "in_1");
    assert_eq!((amount, source), (Some(euros(4_000)), None));
    assert_eq!(matter.since, at("2027-01-11T09:00:00Z"));
    // Told today, whatever is owed by now.
    desk.hears_of("2027-01-11T11:00:00Z", notice);
    assert_eq!(desk.mail("2027-01-11T12:00:00Z"), "no mail");
}

#[test]
fn fault_30_the_engineer_hears_of_engines_and_finance_of_debtors() {
    let mut desk = Desk::new();
    desk.hears("2027-01-11T08:10:00Z", MailRefused, "Client");
    assert_ne!(desk.mail("2027-01-11T08:30:00Z"), "no mail");
    desk.hears("2027-01-11T09:00:00Z", MailRefused, "Other");
    desk.hears("2027-01-11T09:01:00Z", NoDueDate, "N-1");
    desk.policy.company.engineer = Some(EmailAddress::parse("ops@example.com").unwrap());
    let first = desk.claims(at("2027-01-11T10:00:00Z")).unwrap();
    let second = desk.claims(at("2027-01-11T10:00:00Z")).unwrap();
    assert_ne!(first.claim, second.claim);
    assert_eq!(
        (first.reader, second.reader),
        (Reader::Finance, Reader::Engineer)
    );
    let lines = |mail: &TeamMail| text(Some(mail));
    assert_eq!(
        lines(&first),
        "1 no_due_date: N-1, since 2027-01-11T09:01:00Z\n"
    );
    // What the team was told before there was an engineer is not told again.
    assert_eq!(
        lines(&second),
        "1 mail_refused: Other, since 2027-01-11T09:00:00Z\n"
    );
    // Each mail has a fate of its own.
    desk.team = desk.team.clone().heard_of(&second.claim).unwrap();
    let open: Vec<_> = desk.team.claims().map(|claim| claim.id.clone()).collect();
    assert_eq!(open, [first.claim]);
    assert_eq!(desk.mail("2027-01-11T10:29:00Z"), "no mail");
    let again = desk.claims(at("2027-01-11T10:30:00Z")).unwrap();
    assert_eq!(again.reader, Reader::Finance);
}

/// Notices of a Friday and what follows it, by the minute.
fn any_notices() -> impl Strategy<Value = Vec<(i64, NoticeKind, usize)>> {
    let kind = prop::sample::select(vec![NoDueDate, MailRefused, LastStepSent]);
    prop::collection::vec((0_i64..4 * 24 * 60, kind, 0_usize..3), 0..20)
}

proptest! {
    #[test]
    fn nothing_that_is_heard_is_lost_and_nobody_is_flooded(
        mut notices in any_notices(),
        every in 5_i64..90,
    ) {
        let friday = at("2027-01-15T00:00:00Z");
        notices.sort_unstable();
        let mut desk = Desk::new();
        for (minute, kind, subject) in &notices {
            let when = friday + SignedDuration::from_mins(*minute);
            desk.hears(&when.to_string(), *kind, ["N-1", "N-2", "N-3"][*subject]);
        }
        let mut mails: Vec<(Timestamp, TeamMail)> = Vec::new();
        let mut now = friday;
        while now < friday + SignedDuration::from_hours(6 * 24) {
            if let Some(mail) = desk.tells(now) {
                mails.push((now, mail));
            }
            now += SignedDuration::from_mins(every);
        }
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let here = |instant: Timestamp| instant.to_zoned(paris.clone());
        for (at, _) in &mails {
            let day = here(*at).weekday().to_monday_one_offset();
            prop_assert!(day <= 5 && (9..17).contains(&here(*at).hour()), "{at}");
        }
        for two in mails.windows(2) {
            prop_assert!(two[1].0.duration_since(two[0].0) >= SignedDuration::from_mins(55));
        }
        for Heard { at, notice } in &desk.heard {
            let tells = |(_, mail): &&(Timestamp, TeamMail)| {
                mail.lines.iter().any(|line| line.kind == notice.kind && line.matters.iter().any(|matter| matter.subject == notice.subject))
            };
            // Told after it was heard, or told of the same day already.
            let since_its_day = |(told, _): &&(Timestamp, TeamMail)| here(*told).date() >= here(*at).date();
            prop_assert!(mails.iter().filter(since_its_day).any(|mail| tells(&mail)), "{notice:?} at {at}");
        }
        let told: usize = mails.iter().flat_map(|(_, mail)| &mail.lines).map(|line| line.count).sum();
        prop_assert!(told <= notices.len(), "{told} were told of {}", notices.len());
    }
}
