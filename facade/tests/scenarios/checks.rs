//! What plays the rows is able to find fault.

use crate::expect;
use crate::play::play;
use crate::report::Report;
use crate::row::Row;

/// A check, which gives what is wrong.
type Check = fn() -> Result<(), String>;

/// All checks, with their names.
pub(crate) const ALL: [(&str, Check); 3] = [
    ("a wrong expectation is found", a_wrong_expectation_is_found),
    ("a wrong expectation makes the report fail", a_wrong_expectation_makes_the_report_fail),
    ("what is no row is found", what_is_no_row_is_found),
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
        None if clause == "ok" => "failed".to_owned(),
        None => "ok".to_owned(),
    }
}

/// A row with these steps, of a breaker that two failures open.
fn row(steps: &str) -> Result<Row, String> {
    Row::read(&format!(
        r#"{{"id":"check","title":"check","source":"check","steps":{steps},
        "settings":"[breaker.b]\nfailures = 2\n[protection.api]\nbreaker = 'b'"}}"#
    ))
}

fn a_wrong_expectation_is_found() -> Result<(), String> {
    play(&row(r#"[{"do":"F api","expect":"failed; state(b)=closed; ran=1"}]"#)?)?;
    let wrong = [
        (1, r#"[{"do":"F api","expect":"ok"}]"#),
        (1, r#"[{"do":"F api,S api","expect":"failed"}]"#),
        (1, r#"[{"do":"F api","expect":"state(b)=closed"}]"#),
        (
            2,
            r#"[{"do":"F api×2","expect":"failed"},{"do":"S api","expect":"refused(rate_limited)"}]"#,
        ),
        (1, r#"[{"at":1,"expect":"ok"}]"#),
        (2, r#"[{"at":1,"expect":"ran=0"},{"at":0,"expect":"ran=0"}]"#),
        (1, r#"[{"expect":"invalid=failures"}]"#),
        (1, r#"[{"settings":"[breaker]\nb = 1","expect":"ran=0"}]"#),
        (1, r#"[{"settings":"[breaker]\nb = 1","expect":"invalid=b"}]"#),
        (1, r#"[{"do":"Q api","expect":"ok"}]"#),
        (1, r#"[{"do":"S api×few","expect":"ok"}]"#),
        (1, r#"[{"do":"S api as wished","expect":"ok"}]"#),
        (1, r#"[{"do":"S api maybe","expect":"ok"}]"#),
        (1, r#"[{"do":"reconfigure a reset_after 1s","expect":"ran=0"}]"#),
        (1, r#"[{"do":"S api","expect":"ok; size=1"}]"#),
        (1, r#"[{"do":"S api","expect":"ok; state(a)=closed"}]"#),
        (1, r#"[{"do":"S api","expect":"ok; remaining(b)=1"}]"#),
    ];
    for (number, steps) in wrong {
        found(&row(steps)?, number).map_err(|problem| format!("{steps}: {problem}"))?;
    }
    Ok(())
}

fn a_wrong_expectation_makes_the_report_fail() -> Result<(), String> {
    let row = row(r#"[{"do":"F api","expect":"ok"}]"#)?;
    let mut report = Report::default();
    report.add(&row, Some(play(&row)));
    match (report.is_ok(), report.summary().as_str()) {
        (false, "scenarios: 1 run, 0 passed, 0 decided otherwise, 0 not yet") => Ok(()),
        (_, other) => Err(other.to_owned()),
    }
}

fn what_is_no_row_is_found() -> Result<(), String> {
    let fields = [
        r#""steps":[]"#,
        r#""not_yet":{"reason":"r"},"decided":{"reason":"r"}"#,
        r#""steps":[{"expect":"ok"}],"decided":"r""#,
        r#""steps":[{"expect":"ok","start":{}}]"#,
    ];
    for fields in fields {
        let line = format!(r#"{{"id":"check","title":"check","source":"check",{fields}}}"#);
        if Row::read(&line).is_ok() {
            return Err(line);
        }
    }
    Ok(())
}
