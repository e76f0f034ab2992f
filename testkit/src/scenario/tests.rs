//! Rows about a turnstile that admits one caller per interval: correct rows pass, wrong ones fail,
//! and the report says so.

use std::cell::Cell;
use std::time::Duration;

use seawall_core::Tick;
use serde::Deserialize;

use super::{Report, Run, Subject, Time, millis, run};
use crate::ManualClock;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    every: Time,
}

/// Admits one caller per interval.
struct Turnstile {
    time: ManualClock,
    begun: Tick,
    every: Duration,
    free_at: Cell<Tick>,
}

/// The answers of one step: the time to wait, or `None` for admitted callers.
struct Told<'s> {
    turnstile: &'s Turnstile,
    told: Vec<Option<Duration>>,
}

impl Subject for Turnstile {
    type Options = Options;
    type Run<'s> = Told<'s>;

    fn start(options: Options, time: &ManualClock) -> Result<Self, String> {
        let Options { every: Time(every) } = options;
        if every.is_zero() {
            return Err("every: 0s; or rather: no time at all".to_owned());
        }
        Ok(Self { time: time.clone(), begun: time.now(), every, free_at: Cell::default() })
    }

    fn run(&self) -> Told<'_> {
        Told { turnstile: self, told: Vec::new() }
    }

    fn otherwise(word: &str) -> &'static str {
        match word {
            "in" => "out",
            // A deliberate mistake: this word is true as well.
            "here" => "there",
            "same" => "same",
            _ => "in",
        }
    }
}

impl Run for Told<'_> {
    fn begin(&mut self) {
        self.told.clear();
    }

    fn obey(&mut self, command: &str) -> Result<(), String> {
        let Turnstile { time, every, free_at, .. } = self.turnstile;
        let now = time.now();
        match command.split_once(' ') {
            None if command == "push" && free_at.get() > now => {
                self.told.push(Some(free_at.get().since(now)));
            }
            None if command == "push" => {
                self.told.push(None);
                free_at.set(now + *every);
            }
            Some(("wait", text)) => time.advance(text.parse::<Time>()?.0),
            _ => return Err(format!("`{command}` is not a command")),
        }
        Ok(())
    }

    fn is(&self, word: &str) -> Result<(), String> {
        let is_in = |told: &Option<Duration>| told.is_none();
        match word {
            "in" if self.told.iter().all(is_in) => Ok(()),
            "out" if !self.told.iter().any(is_in) => Ok(()),
            "here" | "there" | "same" => Ok(()),
            _ => Err(format!("they were told {:?}", self.told)),
        }
    }

    fn value(&self, key: &str) -> Result<String, String> {
        let Turnstile { time, begun, .. } = self.turnstile;
        match key {
            "in" => Ok(self.told.iter().filter(|told| told.is_none()).count().to_string()),
            "wait" => Ok(millis(self.told.last().copied().flatten())),
            "since_start" => Ok(millis(Some(time.now().since(*begun)))),
            _ => Err(format!("unknown key `{key}`")),
        }
    }

    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        let refused = self.told.iter().any(Option::is_some);
        if refused && words.is_empty() { Err("a caller was refused".to_owned()) } else { Ok(()) }
    }
}

/// Returns the report of a row with these fields, besides those that every row has.
fn report_of(fields: &str) -> Report {
    let head = r#""id":"T-1","title":"turnstile","source":"s","options":{"every":"10ms"}"#;
    run::<Turnstile>(&[("rows", &format!("{{{head},{fields}}}"))])
}

fn failure(report: &Report) -> String {
    let text = report.to_string();
    let (_, failed) = text.split_once("FAILED:\n").unwrap();
    failed.lines().take_while(|line| line.starts_with("  ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn right_steps_pass() {
    let report = report_of(concat!(
        r#""steps":[{"do":"push","expect":"in=1; wait=none; since_start=0"},"#,
        r#"{"at":"9ms 999999ns","do":"push","expect":"out; wait=0.000001"},"#,
        r#"{"do":"wait 1ns,(push)","expect":"in; wait=none; since_start=10"},"#,
        r#"{"start":{"every":"1h"},"at":-5,"do":"push,wait 1h","expect":"since_start=3600000"},"#,
        r#"{"at":3599995,"do":"push","expect":"in"},"#,
        r#"{"start":{},"expect":"since_start=0"},"#,
        r#"{"start":{},"at":7,"expect":"since_start=7"},"#,
        r#"{"start":{"every":"0s"},"expect":"invalid=every: 0s; or rather: no time at all"}]"#,
    ));
    assert!(report.is_ok(), "{report}");
}

#[test]
fn a_wrong_step_is_found_where_it_is() {
    for (steps, problem) in [
        (r#"{"expect":"since_start=1"}"#, "step 1, ``, not `since_start=1`: since_start=0"),
        (
            r#"{"do":"push","expect":"in"},{"do":"push","expect":"in"}"#,
            "step 2, `push`, not `in`: they were told [Some(10ms)]",
        ),
        (
            r#"{"do":"push×2","expect":"in=1"}"#,
            "step 1, `push×2`, not `in=1`: a caller was refused",
        ),
        (r#"{"at":5,"expect":"in"},{"at":4,"expect":"in"}"#, "not `in`: it is later than 4 ms"),
        (r#"{"do":"pull","expect":"in"}"#, "`pull` is not a command"),
        (r#"{"do":"push×few","expect":"in"}"#, "`×few`: invalid digit found in string"),
        (r#"{"expect":"size=1"}"#, "unknown key `size`"),
        (r#"{"start":{"colour":1},"expect":"in"}"#, "the options: unknown field `colour`"),
        (r#"{"start":{"every":"0s"},"expect":"in"}"#, "invalid=every: 0s; or rather"),
        (r#"{"start":{"every":"0s"},"expect":"invalid=never"}"#, "invalid=every: 0s; or rather"),
        (r#"{"expect":"invalid=every"}"#, "it has been started"),
        (
            r#"{"expect":"in"},{"start":{"every":"0s"},"do":"push","expect":"invalid="}"#,
            "step 2, `push`, not `invalid=`: nothing can be done to what cannot be started",
        ),
        (
            r#"{"start":{"every":"0s"},"expect":"invalid=every: 0s; or rather: no time at all"},
            {"expect":"in"}"#,
            "step 2, ``, not `in`: nothing has been started",
        ),
    ] {
        let report = report_of(&format!(r#""steps":[{steps}]"#).replace('\n', " "));
        assert!(!report.is_ok(), "{steps}");
        let failure = failure(&report);
        assert!(failure.lines().next().is_some_and(|line| line.contains(problem)), "{failure}");
    }
}

#[test]
fn a_row_that_fails_is_run_and_not_passed() {
    let report = report_of(r#""steps":[{"do":"push","expect":"out"}]"#);
    assert!(!report.is_ok());
    assert_eq!(
        report.to_string(),
        "FAILED:\n  T-1 turnstile: step 1, `push`, not `out`: they were told [None]\n  \
         T-1: each made wrong: `in`: not found in step 1\n\
         scenarios: 1 run, 0 passed, 0 decided otherwise, 0 not yet\n\n\
         test result: FAILED. 0 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out"
    );
}

#[test]
fn an_expectation_that_cannot_fail_is_found() {
    let report = report_of(r#""steps":[{"expect":"in=0"},{"expect":"in=0; here"}]"#);
    assert_eq!(failure(&report), "  T-1: each made wrong: `there`: not found in step 2");
    let report = report_of(r#""steps":[{"expect":"same"}]"#);
    assert_eq!(failure(&report), "  T-1: each made wrong: `same` is not otherwise");
}

#[test]
fn a_row_that_has_to_fail_does_so_there_and_for_that_reason() {
    let with = |wrong: &str| {
        let steps = r#""steps":[{"do":"push","expect":"in"},{"do":"push","expect":"in"}]"#;
        report_of(&format!(r#"{steps},"wrong":{wrong}"#))
    };
    let report = with(r#"{"step":2,"because":"told [Some(10ms)]"}"#);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.summary(), "scenarios: 0 run, 0 passed, 0 decided otherwise, 0 not yet");
    assert_eq!(
        failure(&with(r#"{"step":1,"because":"told"}"#)),
        "  T-1 turnstile: not found where it is: \
         step 2, `push`, not `in`: they were told [Some(10ms)]"
    );
    assert_eq!(
        failure(&with(r#"{"step":2,"because":"asleep"}"#)),
        "  T-1 turnstile: not found because `asleep`: \
         step 2, `push`, not `in`: they were told [Some(10ms)]"
    );
    let right = r#""steps":[{"expect":"in=0"}],"wrong":{"step":1,"because":"in"}"#;
    assert_eq!(failure(&report_of(right)), "  T-1 turnstile: not found in step 1");
}

#[test]
fn rows_are_counted_by_what_became_of_them_with_reasons() {
    let step = r#""options":{"every":"1s"},"steps":[{"do":"push","expect":"in=1"}]"#;
    let rows = [
        format!(r#"{{"id":"1","title":"passed","source":"s",{step},"left_out":"colours"}}"#),
        format!(r#"{{"id":"2","title":"decided","source":"s",{step},"decided":{{"reason":"d"}}}}"#),
        format!(r#"{{"id":"3","title":"in part","source":"s",{step},"not_yet":{{"reason":"p"}}}}"#),
        r#"{"id":"4","title":"not at all","source":"s","not_yet":{"reason":"n"}}"#.to_owned(),
    ];
    assert_eq!(
        run::<Turnstile>(&[("rows", &rows.join("\n"))]).to_string(),
        "decided otherwise, and doing what was decided:\n  2 decided: d\n\
         not yet, or not all of it:\n  3 in part: p\n  4 not at all: n\n\
         left out of rows that were run:\n  1 passed: colours\n\
         scenarios: 3 run, 1 passed, 1 decided otherwise, 2 not yet\n\n\
         test result: ok. 6 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out"
    );
}

#[test]
fn what_is_no_row_or_there_twice_or_not_at_all_fails() {
    let row = r#"{"id":"1","title":"t","source":"s","not_yet":{"reason":"r"}}"#;
    let files = [("first", row), ("second", "{}"), ("third", row)];
    assert_eq!(
        failure(&run::<Turnstile>(&files)),
        "  second:1: missing field `id` at line 1 column 2\n  third:1: 1 again"
    );
    assert_eq!(failure(&run::<Turnstile>(&[])), "  all files: there are no rows");
}
