use std::collections::BTreeSet;
use std::process::ExitCode;

use super::row::Row;
use super::{Report, Subject, play, wrong};

/// Writes the `main` of a scenario test, with the subject's rows in `rows.jsonl` and `wrong.jsonl`
/// beside the file.
#[macro_export]
macro_rules! scenario_main {
    ($subject:ty) => {
        pub(crate) fn main() -> ::std::process::ExitCode {
            $crate::scenario::main::<$subject>(&[
                ("rows.jsonl", include_str!("rows.jsonl")),
                ("wrong.jsonl", include_str!("wrong.jsonl")),
            ])
        }
    };
}

/// Runs all rows of `files` (name and contents), and prints the report. It is the whole `main` of a
/// test with `harness = false`.
///
/// The exit code is 1 if anything failed. If tests are listed by name (`--list`), nothing is
/// listed.
#[must_use]
pub fn main<S: Subject>(files: &[(&str, &str)]) -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let report = run::<S>(files);
    println!("{report}");
    if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs all rows of `files` (name and contents): see [`main`]. Then each expectation of each row is
/// made wrong in turn, and must fail.
///
/// A line that is not a row fails, and so do a repeated `id` and a report without rows.
pub fn run<S: Subject>(files: &[(&str, &str)]) -> Report {
    let (mut report, mut ids) = (Report::default(), BTreeSet::new());
    for (file, text) in files {
        for (line, text) in (1..).zip(text.lines()) {
            match Row::read(text) {
                Ok(row) if ids.contains(&row.id) => {
                    report.check(&format!("{file}:{line}"), Err(format!("{} again", row.id)));
                }
                Ok(row) => {
                    run_one::<S>(&row, &mut report);
                    ids.insert(row.id);
                }
                Err(problem) => report.check(&format!("{file}:{line}"), Err(problem)),
            }
        }
    }
    if ids.is_empty() {
        report.check("all files", Err("there are no rows".to_owned()));
    }
    report
}

fn run_one<S: Subject>(row: &Row, report: &mut Report) {
    let Row { id, title, .. } = row;
    if let Some(wrong) = &row.wrong {
        report.check(&format!("{id} {title}"), wrong::as_said::<S>(row, wrong));
        return;
    }
    let has_steps = !row.steps.is_empty();
    report.add(row, has_steps.then(|| play::play::<S>(row)));
    if has_steps {
        report.check(&format!("{id}: each made wrong"), wrong::each_made_wrong::<S>(row));
    }
}
