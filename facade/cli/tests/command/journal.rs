use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use seawall_journal::{Journal, Record, SqliteJournal};
use serde_json::{Value, json};

use crate::support::{Folder, PROGRAM, assert_golden};

fn record(second: u64, topic: &str, component: &str, name: &str) -> Record {
    let at = UNIX_EPOCH + Duration::from_millis(1_795_804_800_000 + second * 1_000);
    Record::new(at, topic, component, name)
}

/// A circuit that opens and recovers, a denied request, and a reload, a second each.
fn records() -> Vec<Record> {
    let changed = |second, from: &str, to: &str| {
        let mut record =
            record(second, "seawall.circuit_breaker.state_change", "circuit_breaker", "payments");
        record.detail.insert("from".to_owned(), from.into());
        record.detail.insert("to".to_owned(), to.into());
        record.detail.insert("cause".to_owned(), "failure rate".into());
        record.protection = Some("charge".to_owned());
        record
    };
    let mut denied = record(1, "seawall.rate_limiter.request_denied", "rate_limiter", "customers");
    denied.key_hash = Some("00ff".to_owned());
    denied.detail.insert("retry_after_ms".to_owned(), json!(250));
    let reloaded =
        record(2, "seawall.infrastructure.config_reloaded", "infrastructure", "settings");
    vec![changed(0, "closed", "open"), denied, reloaded, changed(3, "open", "half_open")]
}

/// A folder with a journal that is open, as that of a running service.
async fn journal(records: Vec<Record>) -> (Folder, SqliteJournal, PathBuf) {
    let folder = Folder::empty();
    let path = folder.path().join("journal.db");
    let journal = SqliteJournal::open(&path).await.expect("a thread");
    journal.store_batch(records.into()).await.expect("it stores records");
    (folder, journal, path)
}

#[tokio::test]
async fn records_are_shown_as_lines_and_as_json() {
    let (folder, _journal, _) = journal(records()).await;
    let shown = folder.run(["journal", "show", "journal.db"]).printed(0);
    assert_golden("journal.txt", &shown);
    let json = folder.run(["journal", "show", "journal.db", "--json"]).printed(0);
    let lines: Vec<Value> =
        json.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((&lines[1]["number"], &lines[1]["key_hash"]), (&json!(2), &json!("00ff")));
    assert_eq!(lines[1]["detail"]["retry_after_ms"], 250);
}

#[tokio::test]
async fn each_filter_applies_and_the_last_ones_are_shown() {
    let (folder, _journal, _) = journal(records()).await;
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        let mut command = folder.command(PROGRAM);
        command.args(["journal", "show", "journal.db", "--json"]).args(arguments);
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}");
        let text = String::from_utf8(output.stdout).expect("text");
        let number = |line: &str| {
            let record: Value = serde_json::from_str(line).expect("JSON");
            record["number"].as_u64().expect("a number")
        };
        text.lines().map(number).collect()
    };
    for (arguments, expected) in [
        (&["--since", "2026-11-27 18:40:01"][..], &[2, 3, 4][..]),
        (&["--until", "2026-11-27T18:40:02Z"], &[1, 2]),
        (&["--since", "2026-11-27", "--until", "2026-11-28"], &[1, 2, 3, 4]),
        (&["--since", "1s"], &[]),
        (&["--kind", "state_change"], &[1, 4]),
        (&["--kind", "seawall.rate_limiter.request_denied"], &[2]),
        (&["--component", "rate_limiter"], &[2]),
        (&["--name", "payments", "--last", "1"], &[4]),
        (&["--protection", "charge", "--all"], &[1, 4]),
        (&["--key-hash", "00ff"], &[2]),
        (&["--name", "nothing"], &[]),
        (&["--last", "3"], &[2, 3, 4]),
        (&["--last", "0"], &[]),
    ] {
        assert_eq!(numbers(arguments), expected, "{arguments:?}");
    }
}

#[tokio::test]
async fn more_records_than_a_page_has_are_all_shown() {
    let many = (0..2_345).map(|second| record(second, "seawall.x.y", "bulkhead", "b")).collect();
    let (folder, _journal, _) = journal(many).await;
    for arguments in [["--all", "--json"], ["--last=2345", "--json"]] {
        let [how, json] = arguments;
        let shown = folder.run(["journal", "show", "journal.db", how, json]).printed(0);
        let number =
            |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["number"].as_u64();
        assert!(shown.lines().filter_map(number).eq(1..=2_345), "{how}");
    }
}

#[tokio::test]
async fn new_records_follow_also_those_of_a_file_that_takes_its_place() {
    let (folder, journal, path) = journal(records()).await;
    let mut command = folder.command(PROGRAM);
    let arguments = ["journal", "show", "journal.db", "--follow", "--every=100ms", "--last=1"];
    command.args(arguments).args(["--kind", "state_change", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut following = command.spawn().expect("it runs");
    let mut lines = BufReader::new(following.stdout.take().expect("piped")).lines();
    let mut next = || -> Value {
        let line = lines.next().expect("it goes on").expect("text");
        serde_json::from_str(&line).expect("JSON")
    };
    assert_eq!(next()["number"], 4);
    journal.store_batch(records().into()).await.expect("it stores records");
    assert_eq!([&next()["number"], &next()["number"]], [5, 8]);
    fs::rename(&path, folder.path().join("old.db")).expect("it is there");
    let mut others = records();
    others[0].name = "orders".to_owned();
    // It fails for as long as the command has the file that was moved open.
    while journal.store_batch(others.clone().into()).await.is_err() {}
    assert_eq!(next()["name"], "orders");
    following.kill().expect("it runs");
    following.wait().expect("it ends");
}

#[tokio::test]
async fn the_oldest_records_are_removed_while_the_service_writes() {
    let (folder, journal, _) = journal(records()).await;
    let text = folder.run(["journal", "prune", "journal.db", "--max-records", "3"]).printed(0);
    assert!(text.starts_with("removed 1 record; 3 are left, in "), "{text}");
    let json = folder.run(["journal", "prune", "journal.db", "--max-age=1s", "--json"]).printed(0);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["pruned"], &json["records"]), (&json!(3), &json!(0)));
    journal.store_batch(records().into()).await.expect("it stores records");
    let shown = folder.run(["journal", "show", "journal.db", "--json", "--last=1"]).printed(0);
    assert!(shown.contains("\"number\":8"), "numbers go on: {shown}");
    let misuse = folder.run(["journal", "prune", "journal.db"]).failed(2);
    assert!(misuse.contains("--max-age"), "{misuse}");
}

#[test]
fn what_is_no_journal_is_said_and_stays_as_it_is() {
    let folder = Folder::with([("notes.txt", "no journal"), ("empty", "")]);
    for (file, said) in [
        ("missing.db", "missing.db: No such file"),
        ("notes.txt", "notes.txt: it is no file of SQLite"),
        ("empty", "empty: it is empty"),
    ] {
        for arguments in [["journal", "show", file], ["journal", "show", file]] {
            let error = folder.run(arguments).failed(1);
            assert!(error.starts_with("error: the journal ") && error.contains(said), "{error}");
        }
    }
    let mut names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    names.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<_> = names.iter().map(fs::DirEntry::file_name).collect();
    assert_eq!(names, ["empty", "notes.txt"], "nothing is made or renamed");
    let time = folder.run(["journal", "show", "empty", "--since", "noon"]).failed(2);
    assert!(time.contains("2026-11-27 20:15:00"), "{time}");
}

#[tokio::test]
async fn names_cannot_write_to_the_terminal() {
    let mut hostile = record(0, "seawall.x.y\u{1b}[2J", "bulkhead", "a\nb\u{202e}");
    hostile.protection = Some("\u{7}p q".to_owned());
    hostile.detail.insert("cause\r".to_owned(), "\u{1b}]0;title\u{7}".into());
    let (folder, _journal, _) = journal(vec![hostile]).await;
    let shown = folder.run(["journal", "show", "journal.db"]).printed(0);
    let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!shown.contains(is_bad) && shown.lines().count() == 1, "{shown:?}");
    assert!(shown.contains("\"\u{fffd}p q\""), "{shown:?}");
}
