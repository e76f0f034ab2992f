use std::time::Duration;

use anstyle::Style;

use super::document::{Component, Document, Event, Level, Protection, Window};
use crate::output::{BAD, BOLD, DIM, GOOD, WARNING, safe, styled};

/// A cell of a table, and its style.
type Cell = (String, Style);

/// Returns the lines that show `document`, of at most `width` characters if that is given.
pub(super) fn lines(document: &Document, width: Option<usize>) -> Vec<String> {
    let mut rows = vec![vec![head(document)]];
    let stale = |problem: &String| vec![(format!("refused settings: {problem}"), WARNING)];
    rows.extend(document.config.problems.iter().map(stale));
    let mut lines: Vec<_> = rows.iter().map(|row| joined(row, &[], width)).collect();
    let protections = document.protections.iter().map(protection).collect();
    let heads = ["PROTECTION", "LEVEL", "CALLS/S", "BAD", "REFUSED", "P50", "P99", "WHY"];
    lines.extend(table(&heads, protections, width));
    let components = document.components.iter().map(component).collect();
    let heads = ["COMPONENT", "LEVEL", "STATE", "FOR", "USED", "WHY"];
    lines.extend(table(&heads, components, width));
    let events = document.events.iter().map(event).collect();
    lines.extend(table(&["AGO", "TIMES", "OF", "EVENT"], events, width));
    lines
}

fn head(document: &Document) -> Cell {
    let Document { title, namespace, config, .. } = document;
    let namespace = namespace.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let stale = if config.is_stale { ", newer settings were refused" } else { "" };
    let (up, level) = (age(document.uptime_seconds), word(document.level));
    let version = config.version;
    let text = format!("{title}{namespace}: {level}, watched for {up}, settings {version}{stale}");
    (text, style(document.level).bold())
}

fn protection(protection: &Protection) -> Vec<Cell> {
    let none = Window::default();
    // The shortest window is the last ten seconds.
    let window = protection.windows.first().unwrap_or(&none);
    let share = |count: u64| match count {
        0 => String::new(),
        count => format!("{}%", (count * 100).div_ceil(window.calls.max(1))),
    };
    let latency = protection.latency.as_ref();
    let time = |seconds: Option<f64>| seconds.map(shown).unwrap_or_default();
    let rate = window.calls as f64 / window.covered_seconds.max(1) as f64;
    vec![
        (protection.name.clone(), BOLD),
        level(protection.level),
        plain(if window.calls == 0 { String::new() } else { format!("{rate:.1}") }),
        (share(window.failure + window.timed_out), WARNING),
        (share(window.refused), WARNING),
        plain(time(latency.and_then(|latency| latency.p50_seconds))),
        plain(time(latency.and_then(|latency| latency.p99_seconds))),
        plain(protection.reason.clone().unwrap_or_default()),
    ]
}

fn component(component: &Component) -> Vec<Cell> {
    let used = match (component.used, component.max) {
        (Some(used), Some(max)) => format!("{used}/{max}"),
        _ => String::new(),
    };
    let error = component.last_error.as_ref().map(|error| error.text.clone());
    vec![
        (titled(&component.component, &component.name), BOLD),
        level(component.level),
        plain(component.state.replace('_', " ")),
        plain(component.state_seconds.map(age).unwrap_or_default()),
        plain(used),
        plain(component.cause.clone().or(error).unwrap_or_default()),
    ]
}

fn event(event: &Event) -> Vec<Cell> {
    let times = if event.count > 1 { format!("{}×", event.count) } else { String::new() };
    let of = event.of.as_ref().map(|of| titled(&of.component, &of.name)).unwrap_or_default();
    let text = (event.text.clone(), style(event.level));
    vec![plain(age(event.seconds_ago)), plain(times), (of, BOLD), text]
}

fn titled(component: &str, name: &str) -> String {
    format!("{} {name}", component.replace('_', " "))
}

fn plain(text: String) -> Cell {
    (text, Style::new())
}

fn level(level: Level) -> Cell {
    (word(level).to_owned(), style(level))
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Idle => "idle",
        Level::Ok => "ok",
        Level::Warning => "warning",
        Level::Failing => "failing",
        Level::Refusing => "refusing",
        Level::Unknown => "unknown",
    }
}

const fn style(level: Level) -> Style {
    match level {
        Level::Idle => DIM,
        Level::Ok => GOOD,
        Level::Warning => WARNING,
        Level::Failing | Level::Refusing => BAD,
        Level::Unknown => Style::new(),
    }
}

/// Returns an empty line, a line of `heads`, and one of each row, in columns; nothing without rows.
fn table(heads: &[&str], mut rows: Vec<Vec<Cell>>, width: Option<usize>) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    rows.insert(0, heads.iter().map(|&head| (head.to_owned(), DIM)).collect());
    for row in &mut rows {
        row.iter_mut().for_each(|(text, _)| *text = safe(text));
    }
    let widest =
        |column: usize| rows.iter().map(|row| row[column].0.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..heads.len()).map(widest).collect();
    let mut lines = vec![String::new()];
    lines.extend(rows.iter().map(|row| joined(row, &widths, width)));
    lines
}

/// Returns the cells in one line, padded to `widths` except the last one.
fn joined(row: &[Cell], widths: &[usize], max: Option<usize>) -> String {
    let (mut line, mut end, mut start) = (String::new(), 0, 0);
    for (nth, (text, style)) in row.iter().enumerate() {
        let room = max.unwrap_or(usize::MAX).saturating_sub(start);
        let text: String = safe(text).chars().take(room).collect();
        if !text.is_empty() {
            line.push_str(&" ".repeat(start - end));
            end = start + text.chars().count();
            line.push_str(&styled(*style, text));
        }
        start += widths.get(nth).copied().unwrap_or_default() + 2;
    }
    line
}

/// Returns a time in its largest unit, and the next one.
fn age(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.floor()).unwrap_or_default();
    let text = humantime::format_duration(whole).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn shown(seconds: f64) -> String {
    match seconds {
        ..0.001 => format!("{:.0}µs", seconds * 1e6),
        ..1.0 => format!("{:.0}ms", seconds * 1e3),
        _ => format!("{seconds:.1}s"),
    }
}
