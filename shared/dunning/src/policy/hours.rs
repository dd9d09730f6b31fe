//! When mails may leave, by the policy's `[calendar]`.

use std::collections::BTreeSet;

use jiff::civil::Time;
use toml::Spanned;

use super::table::Table;
use crate::calendar::Calendar;
use crate::limits::{SPREAD, SPREAD_MINUTES};

pub(super) fn calendar(mut table: Table<'_, '_>) -> Option<Calendar> {
    let send_at = table.required::<String>("send_at");
    let window = table.required::<[String; 2]>("window");
    let weekend = table.optional::<Vec<String>>("weekend");
    let holidays = table.optional("holidays");
    table.end();
    let time = |text: &str, at: usize| {
        let time = Time::strptime("%H:%M", text).ok();
        if time.is_none() {
            let expected = "is not a time like \"09:00\" (\"24:00\" may end the window)";
            table.note(at, format!("calendar: \"{text}\" {expected}"));
        }
        time
    };
    let sends_at = send_at
        .as_ref()
        .and_then(|text| time(text.get_ref(), text.span().start));
    let window = window.map(|window| {
        let at = window.span().start;
        let [opens, closes] = window.into_inner();
        let at_midnight = closes == "24:00";
        let closes = if at_midnight {
            None
        } else {
            Some(time(&closes, at))
        };
        (time(&opens, at), closes)
    });
    let mut closed = BTreeSet::new();
    let (days, at) = weekend.map_or((Vec::new(), 0), |days| {
        let at = days.span().start;
        (days.into_inner(), at)
    });
    for name in days {
        match parse_weekday(&name) {
            Some(day) => _ = closed.insert(day),
            None => table.note(
                at,
                format!("calendar: \"{name}\" is not a day of the week, as \"saturday\""),
            ),
        }
    }
    if closed.len() == 7 {
        let what = "calendar: every day is a week-end, nothing could ever leave";
        table.note(at, what);
    }
    let (opens, closes) = window?;
    let calendar = Calendar {
        send_at: sends_at?,
        opens: opens?,
        // Midnight, or a time that was understood.
        closes: match closes {
            None => None,
            Some(closes) => Some(closes?),
        },
        weekend: closed,
        holidays: holidays.is_none_or(Spanned::into_inner),
    };
    if let Some(send_at) = send_at {
        let said = send_at.get_ref();
        check_send_at(&calendar, said, &|what| {
            table.note(send_at.span().start, what);
        });
    }
    Some(calendar)
}

/// The sending time must be in the window, and leave room for what it is spread over.
fn check_send_at(calendar: &Calendar, said: &str, note: &dyn Fn(String)) {
    if !calendar.is_open_at(calendar.send_at) {
        note("calendar: send_at must lie in the window".to_owned());
    } else if calendar.room_after(calendar.send_at) < SPREAD * 2 {
        let closes = calendar.closes.map_or_else(
            || "24:00".to_owned(),
            |closes| closes.strftime("%H:%M").to_string(),
        );
        note(format!(
            "calendar: send_at = \"{said}\" is too late for a window that closes at {closes}: mails of one sending time leave over {SPREAD_MINUTES} minutes, and one that is tried again needs as much once more"
        ));
    }
}

fn parse_weekday(name: &str) -> Option<u8> {
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let position = names.iter().position(|known| *known == name)?;
    u8::try_from(position).ok()
}
