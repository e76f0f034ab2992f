//! Files, texts, code: what wins, and what is said of those that can't be read.

use std::fs;
use std::path::PathBuf;

use super::*;

/// A folder of one's own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("seawall-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_later_source_wins_key_by_key() {
    let source = toml("[breaker.payments]\nfailures = 3\nwindow = '10s'")
        .json_str(r#"{"breaker": {"payments": {"failures": 4}}}"#)
        .environment_from([("SEAWALL_BREAKER__PAYMENTS__RESET_AFTER", "1s")])
        .set("breaker.payments.window", "20s");
    let reader = source.read().unwrap();
    let root = reader.root();
    let breaker = &root.tables_in("breaker")[0];
    assert_eq!(breaker.name(), "payments");
    assert_eq!(breaker.get(&Setting::count("failures", "")).unwrap(), 4);
    assert_eq!(breaker.get(&Setting::duration("window", "")).unwrap().as_secs(), 20);
    assert_eq!(breaker.get(&Setting::duration("reset_after", "")).unwrap().as_secs(), 1);
}

#[test]
fn each_problem_is_placed_in_its_source() {
    let folder = Folder::new("places");
    let file = folder.file("seawall.toml", "[breaker.payments]\nwindow = 10\nfailures = 3\n");
    let json = folder.file("seawall.JSON", "{\n \"breaker\": {\n  \"search\": {\"wnidow\": 1}}}");
    let source = ConfigSource::new()
        .file(&file)
        .file(&json)
        .environment_from([("SEAWALL_BREAKER__PAYMENTS__FAILURES", "many")])
        .set("breaker.search.reset_after", "never");
    assert_eq!(
        report(&source, breakers),
        format!(
            "4 problems in the configuration:\n\
             {json}:3: breaker.search.wnidow: unknown key; expected one of failures, window, \
             reset_after; did you mean `window`?\n\
             {file}:2: breaker.payments.window: 10 has no unit; expected a duration like \"10s\" \
             or \"250ms\"; did you mean `\"10s\"`?\n\
             environment SEAWALL_BREAKER__PAYMENTS__FAILURES: breaker.payments.failures: \"many\" \
             is not a whole number; expected 1 or more\n\
             code: breaker.search.reset_after: \"never\" is not a duration; expected a duration \
             like \"10s\" or \"250ms\"",
            json = json.display(),
            file = file.display(),
        )
    );
    let reader = source.read().unwrap();
    breakers(&reader.root());
    let error = reader.finish().unwrap_err();
    let place = &error.problems()[1].place;
    assert_eq!(place.file(), Some(&*file));
    assert_eq!((place.line(), place.column()), (Some(2), None));
    assert_eq!(place.key(), "breaker.payments.window");
    let place = &error.problems()[2].place;
    assert_eq!(place.variable(), Some("SEAWALL_BREAKER__PAYMENTS__FAILURES"));
    assert_eq!((place.file(), place.line()), (None, None));
}

#[test]
fn what_a_table_lacks_is_placed_in_its_file() {
    let source = toml("[breaker.payments]\n")
        .environment_from([("SEAWALL_BREAKER__PAYMENTS__WINDOW", "1s")])
        .toml_str("\n\n");
    let report = report(&source, |root| {
        for breaker in root.tables_in("breaker") {
            let _ = breaker.get(&Setting::duration("window", "").required());
            let _ = breaker.get(&Setting::count("failures", "").required());
        }
    });
    assert_eq!(
        only("inline TOML:1", &report),
        "breaker.payments.failures: missing; expected 1 or more"
    );
}

#[test]
fn a_source_that_cannot_be_read_is_one_problem() {
    let folder = Folder::new("unreadable");
    let missing = folder.0.join("missing.toml");
    for (path, place, wrong) in [
        (missing.clone(), "", "no such file; expected a TOML or JSON file"),
        (folder.0.clone(), "", "cannot be read: is a directory"),
        (
            folder.file("a.toml", "a = 1\nb = \nc = 2"),
            ":2:5",
            "not TOML: string values must be quoted, expected literal string",
        ),
        (folder.file("b.toml", "a = 1\n a = 2"), ":2:2", "not TOML: duplicate key"),
        (folder.file("c.toml", b"a = 1\nb = '\xff'"), ":2:6", "not UTF-8"),
        (folder.file("d.json", "{\n \"a\": 1,\n}"), ":3:1", "not JSON: key must be a string"),
        (
            folder.file("e.json", "{\n \"a\": 1,\n \"a\": 2}"),
            ":3:7",
            "the key \"a\" is there twice",
        ),
        (folder.file("f.json", "[]"), ":1:1", "not an object"),
        (folder.file("g.json", ""), ":1:1", "not JSON: EOF while parsing a value"),
        (
            folder.file("h.json", "{\n\"a\": \"\\ud800\"}"),
            ":2:6",
            "not JSON: unexpected end of hex escape",
        ),
    ] {
        let report = report(&ConfigSource::new().file(&path).set("x.y", 1), breakers);
        assert_eq!(only(&format!("{}{place}", path.display()), &report), wrong);
    }
    assert_eq!(report(&ConfigSource::new().file_optional(missing), breakers), "");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(9000), "]".repeat(9000));
    let deep = report(&ConfigSource::new().json_str(deep), breakers);
    assert_eq!(only("inline JSON:1:86", &deep), "nested too deep");
}

#[test]
fn every_unreadable_source_is_reported_and_nothing_else() {
    let source = toml("a =").json_str("{").toml_str("unknown = 1").file("no/such/file.toml");
    let report = report(&source, breakers);
    assert_eq!(report.lines().count(), 4, "{report}");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    for source in [toml("\u{feff}x = 1"), ConfigSource::new().json_str("\u{feff}{\"x\": 1}")] {
        let reader = source.read().unwrap();
        assert_eq!(reader.root().get(&Setting::count("x", "").min(0).max(9)), Some(1));
    }
}

#[test]
fn a_key_in_code_has_no_empty_part() {
    for key in ["", ".", "a..b", "a."] {
        let report = report(&ConfigSource::new().set(key, 1), breakers);
        assert!(report.ends_with("a part of the key is empty; expected table.key"), "{report}");
    }
}

#[test]
fn json_reads_as_toml_does() {
    let source = ConfigSource::new().json_str(
        r#"{"n": 3, "f": true, "t": "a\u00e4", "d": "10s", "l": ["a", "b"], "r": 0.5, "big": 1e999,
            "none": null}"#,
    );
    let report = report(&source, |root| {
        assert_eq!(root.get(&Setting::count("n", "").min(0).max(9)), Some(3));
        assert_eq!(root.get(&Setting::flag("f", "")), Some(true));
        assert_eq!(root.get(&Setting::text("t", "")).as_deref(), Some("aä"));
        assert_eq!(root.get(&Setting::duration("d", "")).unwrap().as_secs(), 10);
        assert_eq!(root.get(&Setting::names("l", "letter", "")).unwrap().0, ["a", "b"]);
        assert_eq!(root.get(&Setting::ratio("r", "")), Some(0.5));
        let _ = root.get(&Setting::ratio("big", ""));
        let _ = root.get(&Setting::count("none", ""));
    });
    assert_eq!(
        report,
        "2 problems in the configuration:\n\
         inline JSON:1: big: inf is too large; expected 0 to 1\n\
         inline JSON:2: none: null is not a whole number; expected 1 or more"
    );
}
