//! The tables and quotations of the guide: `SEAWALL_UPDATE=1 cargo test -p seawall-guide` writes them.

use std::collections::HashMap;
use std::fs;

use seawall::Topic;

use crate::pages::{Page, guide, root, under};

const END: &str = "<!-- end -->";

#[test]
fn tables_and_quotations_are_what_the_code_says() {
    let (mut wrong, mut parts) = (Vec::new(), 0);
    for page in guide() {
        let text = written(&page, &mut parts);
        if text == page.text {
            continue;
        }
        if std::env::var_os("SEAWALL_UPDATE").is_some() {
            fs::write(&page.path, text).expect("written");
        } else {
            wrong.push(page.shown());
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?} are not what the code says; SEAWALL_UPDATE=1 cargo test -p seawall-guide writes them anew"
    );
    assert!(parts > 15, "only {parts} parts were found");
}

#[test]
fn each_table_has_as_many_cells_in_its_head_as_columns() {
    let mut wrong = Vec::new();
    for page in under(root()) {
        let lines: Vec<_> = page.text.lines().collect();
        for (at, pair) in lines.windows(2).enumerate() {
            let is_rule = pair[1].starts_with("|--") && pair[1].chars().all(|c| "|-: ".contains(c));
            if is_rule && (!pair[0].starts_with('|') || cells(pair[0]) != cells(pair[1])) {
                wrong.push(format!("{}:{}: {}", page.shown(), at + 1, pair[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the number of cells of a row.
fn cells(row: &str) -> usize {
    row.replace("\\|", "").matches('|').count() - 1
}

/// Returns the text of `page` with its generated parts written anew.
fn written(page: &Page, parts: &mut u32) -> String {
    let (mut text, mut rest) = (String::new(), page.text.as_str());
    while let Some(at) = rest.find("\n<!-- ") {
        let (before, marked) = rest.split_at(at + 1);
        let (marker, after) = marked.split_once('\n').expect("a line");
        text.push_str(before);
        text.push_str(marker);
        text.push('\n');
        let what = marker.trim_start_matches("<!-- ").trim_end_matches(" -->");
        let (kind, subject) =
            what.split_once(": ").unwrap_or_else(|| panic!("{}: {marker}", page.shown()));
        text.push_str(&match kind {
            "settings" => settings(subject),
            "events" => events(subject),
            "metrics" => metrics(subject),
            "quote" => quote(subject),
            _ => panic!("{}: {marker}: unknown", page.shown()),
        });
        *parts += 1;
        let (_, after) = after
            .split_once(END)
            .unwrap_or_else(|| panic!("{}: {marker} has no end", page.shown()));
        text.push_str(END);
        rest = after;
    }
    text + rest
}

/// Returns a table of settings as `docs/settings.md` has it: `[table.NAME]`, or `[table.NAME] only one other`.
fn settings(subject: &str) -> String {
    let (table, only) = subject.split_once(" only ").unwrap_or((subject, ""));
    let page = fs::read_to_string(root().join("docs/settings.md")).expect("readable");
    let head = format!("| `{table}` |");
    let lines = page.lines().skip_while(|line| !line.starts_with(&head));
    let rows: Vec<_> = lines.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 2, "docs/settings.md has no table {table}");
    // The last cell of the head says what the table is for; it is empty where that was said before.
    let (head, _) = rows[0].trim_end_matches('|').rsplit_once('|').expect("some cells");
    let names: Vec<_> = only.split_whitespace().map(|name| format!("| `{name}` |")).collect();
    let chosen = |row: &&&str| names.is_empty() || names.iter().any(|name| row.starts_with(name));
    let chosen: Vec<_> = rows[2..].iter().filter(chosen).copied().collect();
    assert!(chosen.len() >= names.len(), "{table} has not all of {only}");
    format!("{head}| meaning |\n{}\n{}\n", rows[1], chosen.join("\n"))
}

/// Returns the rows of the events of `component`, with what the documentation of each says.
fn events(component: &str) -> String {
    let docs = documented_topics();
    let mut rows = "| event | meaning |\n|---|---|\n".to_owned();
    for (topic, ..) in
        Topic::ALL.iter().filter(|(_, of, _)| component == "all" || of.as_str() == component)
    {
        let about = docs.get(&format!("{topic:?}")).expect("each topic is documented");
        let name = format!(": `{topic}`");
        assert!(about.contains(&name), "the documentation of {topic:?} does not name {topic}");
        let about = about.replace(&name, "").replace("[`Topic::", "`").replace("`]", "`");
        rows.push_str(&format!("| `{topic}` | {about} |\n"));
    }
    assert!(rows.lines().count() > 2, "no events of {component}");
    rows
}

/// Returns the instruments whose names begin with one of `prefixes`, as `docs/metrics.md` has them.
fn metrics(prefixes: &str) -> String {
    let page = fs::read_to_string(root().join("docs/metrics.md")).expect("readable");
    let (instruments, says) = page.split_once("| instrument | says |").expect("two tables");
    let mut table = "| metric | in Prometheus | meaning |\n|---|---|---|\n".to_owned();
    for prefix in prefixes.split_whitespace() {
        let head = format!("| `{prefix}");
        let rows: Vec<_> = instruments.lines().filter(|row| row.starts_with(&head)).collect();
        assert!(!rows.is_empty(), "docs/metrics.md has no {prefix}");
        for row in rows {
            let mut cells = row.split(" | ");
            let (name, prometheus) =
                (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            let meaning = says.lines().find_map(|line| line.strip_prefix(&format!("{name} | ")));
            let meaning =
                meaning.unwrap_or_else(|| panic!("docs/metrics.md does not say what {name} is"));
            table.push_str(&format!("{name} | {prometheus} | {meaning}\n"));
        }
    }
    table
}

/// Returns what the documentation says of each topic.
fn documented_topics() -> HashMap<String, String> {
    let source = fs::read_to_string(root().join("core/src/event.rs")).expect("readable");
    let topics = source.split("pub enum Topic {").nth(1).expect("the topics");
    let (mut docs, mut doc) = (HashMap::new(), Vec::new());
    for line in topics.lines().skip(1).map(str::trim).take_while(|line| *line != "}") {
        match line.strip_prefix("/// ") {
            Some(text) => doc.push(text),
            None => {
                docs.insert(line.trim_end_matches(',').to_owned(), doc.join(" "));
                doc.clear();
            }
        }
    }
    docs
}

/// Returns a part of a file as a block: `path from "text" to "text"`.
fn quote(subject: &str) -> String {
    let mut words = subject.splitn(2, " from ");
    let path = words.next().expect("a path");
    let (from, to) =
        words.next().map_or(("", ""), |range| range.split_once(" to ").unwrap_or((range, "")));
    let text = fs::read_to_string(root().join(path)).expect("a file");
    let find = |text: &str, what: &str| {
        text.find(what.trim_matches('"')).unwrap_or_else(|| panic!("{path} has no {what}"))
    };
    let start = find(&text, from);
    let start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let part = &text[start..];
    let part = if to.is_empty() { part } else { &part[..find(part, to)] };
    let part = part.rsplit_once('\n').map_or(part, |(part, _)| part).trim_end();
    let indent = part.len() - part.trim_start_matches(' ').len();
    let lines: Vec<_> = part.lines().map(|line| line.get(indent..).unwrap_or_default()).collect();
    format!("```rust,ignore\n{}\n```\n", lines.join("\n"))
}
