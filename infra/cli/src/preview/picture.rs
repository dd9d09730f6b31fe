//! A ladder on a line of days, as an SVG that stands in the page.

use std::fmt::Write;

use dunning::calendar::DebtorCalendar;
use jiff::ToSpan;
use jiff::civil::Date;

/// A step on its day.
pub(super) struct Rung {
    pub(super) day: Date,
    pub(super) name: String,
    pub(super) tone: &'static str,
}

/// Pixels; the names beside the line are this far from each other at least.
const GAP: i32 = 22;
const LINE_AT: i32 = 104;
const NAMES_AT: i32 = 128;
const MARGIN: i32 = 16;
/// What all days together take, and one at the most.
const HEIGHT: i32 = 560;
const DAY_HEIGHT: i32 = 12;

/// Draws it from the top down: the days on which nothing leaves, the due date, and each step.
pub(super) fn draw(due_on: Date, rungs: &[Rung], calendar: &DebtorCalendar<'_>) -> String {
    let days = rungs.iter().map(|rung| rung.day).chain([due_on]);
    let first = days.clone().min().unwrap_or(due_on);
    let last = days.max().unwrap_or(due_on);
    let count = (last - first).get_days().max(1);
    // In hundredths: a long ladder has less than a pixel for a day.
    let scale = (HEIGHT * 100 / count).min(DAY_HEIGHT * 100);
    let y = |day: Date| MARGIN + (day - first).get_days() * scale / 100;
    let mut body = String::new();
    let closed = first.series(1.day()).take_while(|day| *day <= last);
    for day in closed.filter(|day| !calendar.is_sending_day(*day)) {
        let (top, height) = (y(day) - scale / 200, (scale / 100).max(1));
        let x = LINE_AT - 5;
        add(
            &mut body,
            &format!(r#"<rect class="closed" x="{x}" y="{top}" width="10" height="{height}"/>"#),
        );
    }
    let (top, bottom) = (y(first), y(last));
    add(
        &mut body,
        &format!(r#"<line class="days" x1="{LINE_AT}" y1="{top}" x2="{LINE_AT}" y2="{bottom}"/>"#),
    );
    let due = Rung {
        day: due_on,
        name: "due".to_owned(),
        tone: "due",
    };
    let mut all: Vec<&Rung> = rungs.iter().chain([&due]).collect();
    all.sort_by_key(|rung| rung.day);
    let mut free = i32::MIN;
    for rung in all {
        let at = y(rung.day);
        let beside = at.max(free);
        free = beside + GAP;
        draw_rung(&mut body, rung, at, beside);
    }
    let height = free.max(bottom + GAP) - GAP + MARGIN;
    let said = rungs
        .iter()
        .map(|rung| format!("{} on {}", rung.name, rung.day));
    let said = said.collect::<Vec<_>>().join(", ");
    format!(
        r#"<svg class="ladder" role="img" aria-label="Due on {due_on}: {said}" viewBox="0 0 280 {height}" width="280" height="{height}">{body}</svg>"#
    )
}

fn draw_rung(body: &mut String, rung: &Rung, at: i32, beside: i32) {
    let Rung { day, name, tone } = rung;
    let text_at = beside + 4;
    let (dates_at, bent) = (LINE_AT - 14, NAMES_AT - 6);
    let day = day.strftime("%a %-d %b");
    add(
        body,
        &format!(
            r#"<g class="{tone}"><polyline points="{LINE_AT},{at} {bent},{beside}"/><circle cx="{LINE_AT}" cy="{at}" r="5"/><text class="date" x="{dates_at}" y="{text_at}">{day}</text><text x="{NAMES_AT}" y="{text_at}">{name}</text></g>"#
        ),
    );
}

fn add(body: &mut String, what: &str) {
    writeln!(body, "{what}").expect("a string takes all");
}
