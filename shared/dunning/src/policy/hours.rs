//! When mails may leave, by the policy's `[calendar]`.

use jiff::civil::{Time, Weekday};
use toml::Spanned;

use super::table::Table;
use crate::calendar::{Calendar, ClosedDays, LEAST_OPEN, weekday};
use crate::limits::{SPREAD, SPREAD_MINUTES};

pub(super) fn calendar(mut table: Table<'_, '_>) -> Option<Calendar> {
    let send_at = table.required::<String>("send_at");
    let window = table.required::<[Spanned<String>; 2]>("window");
    let weekend = table.optional("weekend");
    let holidays = table.optional("holidays");
    let closed = table.optional("closed");
    table.end();
    let time = |text: &Spanned<String>| {
        let (at, text) = (text.span().start, text.get_ref());
        let time = Time::strptime("%H:%M", text).ok();
        if time.is_none() {
            let expected = "is not a time like \"09:00\" (\"24:00\" may end the window)";
            table.note(at, format!("calendar: \"{text}\" {expected}"));
        }
        time
    };
    let sends_at = send_at.as_ref().and_then(time);
    let window = window.map(|window| {
        let [opens, closes] = window.into_inner();
        let at_midnight = closes.get_ref() == "24:00";
        let closes = if at_midnight {
            None
        } else {
            Some(time(&closes))
        };
        (time(&opens), closes)
    });
    let weekend = weekend.map(|names| read_weekend(&table, names));
    let closed = closed.map(|days| read_closed(&table, days));
    let (opens, closes) = window?;
    let calendar = Calendar {
        send_at: sends_at?,
        opens: opens?,
        // Midnight, or a time that was understood.
        closes: match closes {
            None => None,
            Some(closes) => Some(closes?),
        },
        weekend,
        holidays: holidays.is_none_or(Spanned::into_inner),
        closed: closed.unwrap_or_default(),
    };
    if let Some(send_at) = send_at {
        let said = send_at.get_ref();
        check_send_at(&calendar, said, &|what| {
            table.note(send_at.span().start, what);
        });
    }
    Some(calendar)
}

fn read_weekend(table: &Table<'_, '_>, names: Spanned<Vec<Spanned<String>>>) -> Vec<Weekday> {
    let at = names.span().start;
    let mut weekend = Vec::new();
    for name in names.into_inner() {
        match weekday(name.get_ref()) {
            Some(day) if weekend.contains(&day) => {}
            Some(day) => weekend.push(day),
            None => {
                let what = "is not a day of the week, as \"saturday\"";
                let said = name.get_ref();
                table.note(name.span().start, format!("calendar: \"{said}\" {what}"));
            }
        }
    }
    if weekend.len() == 7 {
        let what = "calendar: every day is a week-end, nothing could ever leave";
        table.note(at, what);
    }
    weekend
}

fn read_closed(table: &Table<'_, '_>, said: Spanned<Vec<Spanned<String>>>) -> Vec<ClosedDays> {
    let at = said.span().start;
    let mut closed = Vec::new();
    for text in said.into_inner() {
        match ClosedDays::parse(text.get_ref()) {
            Ok(days) => closed.push(days),
            Err(why) => table.note(text.span().start, format!("calendar: closed: {why}")),
        }
    }
    if let Some((year, left)) = ClosedDays::closed_year(&closed) {
        let what = format!(
            "calendar: closed leaves {left} days of {year}, at least {LEAST_OPEN} must be left: `relance pause` holds everything back"
        );
        table.note(at, what);
    }
    closed
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
