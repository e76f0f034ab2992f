//! What plays the rows is able to find fault.

use seawall_breaker::Verdict;

use crate::command::{self, Command};
use crate::expect;
use crate::play::play;
use crate::report::Report;
use crate::row::Row;

/// A check, which gives what is wrong.
type Check = fn() -> Result<(), String>;

/// All checks, with their names.
pub(crate) const ALL: [(&str, Check); 5] = [
    ("a wrong expectation is found", a_wrong_expectation_is_found),
    ("a wrong expectation makes the report fail", a_wrong_expectation_makes_the_report_fail),
    ("what cannot be read is found", what_cannot_be_read_is_found),
    ("a row is passed, decided or not yet", a_row_is_passed_decided_or_not_yet),
    ("commands are repeated and grouped", commands_are_repeated_and_grouped),
];

/// Each expectation of `row` is looked at: made wrong, it is found.
pub(crate) fn wrong_steps(row: &Row) -> Result<(), String> {
    for (number, step) in row.steps.iter().enumerate() {
        for (place, clause) in expect::clauses(&step.expect).enumerate() {
            let wrong = wrong(clause);
            let mut clauses: Vec<_> = expect::clauses(&step.expect).collect();
            clauses[place] = &wrong;
            let mut row = row.clone();
            row.steps[number].expect = clauses.join("; ");
            found(&row, number + 1).map_err(|problem| format!("`{wrong}`: {problem}"))?;
        }
    }
    Ok(())
}

/// Is the fault of this step of `row` found?
fn found(row: &Row, number: usize) -> Result<(), String> {
    match play(row) {
        Err(problem) if problem.starts_with(&format!("step {number},")) => Ok(()),
        Err(problem) => Err(format!("not found where it is: {problem}")),
        Ok(()) => Err(format!("not found in step {number}")),
    }
}

/// What says something else than `clause`.
fn wrong(clause: &str) -> String {
    match clause.split_once('=') {
        Some((key, value)) => match value.parse::<u64>() {
            Ok(number) => format!("{key}={}", number + 1),
            Err(_) => format!("{key}=not {value}"),
        },
        None => match clause {
            "permit" => "refused",
            "refused" => "permit",
            "closed" => "open",
            _ => "closed",
        }
        .to_owned(),
    }
}

/// A row with these steps, of a breaker that two failures in a row open.
fn row(steps: &str) -> Result<Row, String> {
    Row::read(&format!(
        r#"{{"id":"check","title":"check","source":"check",
        "options":{{"consecutive_failures":2}},"steps":{steps}}}"#
    ))
}

fn a_wrong_expectation_is_found() -> Result<(), String> {
    play(&row(r#"[{"at":0,"do":"F","expect":"closed; cf=1"},{"do":"F","expect":"open"}]"#)?)?;
    let wrong = [
        (1, r#"[{"at":0,"do":"F","expect":"open"}]"#),
        (2, r#"[{"at":0,"do":"F×2","expect":"open"},{"do":"S","expect":"open"}]"#),
        (2, r#"[{"at":0,"do":"F×2","expect":"open"},{"do":"acquire p","expect":"permit"}]"#),
        (2, r#"[{"at":0,"do":"F×2","expect":"open"},{"do":"read","expect":"retry_after=5001"}]"#),
        (1, r#"[{"at":0,"do":"S","expect":"refused"}]"#),
        (1, r#"[{"at":0,"do":"read","expect":"permit"}]"#),
        (1, r#"[{"at":0,"do":"read","expect":"n=0"}]"#),
        (1, r#"[{"at":0,"do":"err","expect":"panics=1"}]"#),
        (1, r#"[{"start":{"window":"0s"},"expect":"closed"}]"#),
        (1, r#"[{"start":{"window":"0s"},"expect":"invalid=failures"}]"#),
        (1, r#"[{"expect":"invalid=window"}]"#),
    ];
    for (number, steps) in wrong {
        found(&row(steps)?, number).map_err(|problem| format!("{steps}: {problem}"))?;
    }
    Ok(())
}

fn a_wrong_expectation_makes_the_report_fail() -> Result<(), String> {
    let row = row(r#"[{"at":0,"do":"F","expect":"open"}]"#)?;
    let mut report = Report::default();
    report.add(&row, Some(play(&row)));
    match (report.is_ok(), report.summary().as_str()) {
        (false, "scenarios: 1 run, 0 passed, 0 decided otherwise, 0 not yet") => Ok(()),
        (_, other) => Err(other.to_owned()),
    }
}

fn what_cannot_be_read_is_found() -> Result<(), String> {
    let steps = [
        r#"[{"at":0,"do":"Q","expect":"closed"}]"#,
        r#"[{"at":0,"do":"S×few","expect":"closed"}]"#,
        r#"[{"at":0,"do":"(S,F","expect":"closed"}]"#,
        r#"[{"at":0,"do":"S lasting 5","expect":"closed"}]"#,
        r#"[{"at":0,"do":"done p S","expect":"closed"}]"#,
        r#"[{"at":0,"do":"read","expect":"ajar"}]"#,
        r#"[{"at":0,"do":"read","expect":"size=1"}]"#,
        r#"[{"start":{"colour":1},"expect":"closed"}]"#,
    ];
    for steps in steps {
        found(&row(steps)?, 1).map_err(|problem| format!("{steps}: {problem}"))?;
    }
    found(&row(r#"[{"at":5,"expect":"closed"},{"at":4,"expect":"closed"}]"#)?, 2)
}

fn a_row_is_passed_decided_or_not_yet() -> Result<(), String> {
    let fields = [
        r#""steps":[]"#,
        r#""not_yet":{"reason":"r"},"steps":[{"expect":"closed"}]"#,
        r#""steps":[{"expect":"closed"}],"decided":"r""#,
    ];
    for fields in fields {
        let line = format!(r#"{{"id":"check","title":"check","source":"check",{fields}}}"#);
        if Row::read(&line).is_ok() {
            return Err(line);
        }
    }
    Ok(())
}

fn commands_are_repeated_and_grouped() -> Result<(), String> {
    let commands = command::read("(S,F lasting 5s)×2, X×3")?;
    let verdicts = commands.iter().map(|command| match command {
        Command::Call { class, .. } => class.verdict,
        _ => Verdict::Unused,
    });
    use Verdict::{Failure, Ignored, Success};
    let expected = [Success, Failure, Success, Failure, Ignored, Ignored, Ignored];
    if verdicts.eq(expected) { Ok(()) } else { Err(format!("{commands:?}")) }
}
