use std::collections::BTreeSet;
use std::process::ExitCode;

use super::row::Row;
use super::{Report, Subject, play, wrong};

/// Runs all rows of `files`, each of them a name and what stands in it, and tells of them on standard
/// output. It is all that the `main` of a test with `harness = false` does.
///
/// The exit code is 1 if anything failed. To whoever lists tests by name (`--list`), this is not one.
#[must_use]
pub fn main<S: Subject>(files: &[(&str, &str)]) -> ExitCode {
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let report = run::<S>(files);
    println!("{report}");
    if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs all rows of `files`, each of them a name and what stands in it: see [`main`]. Then each
/// expectation of each row is made wrong in turn, which has to be found.
///
/// What is no row fails, as does a row whose `id` another has, and a report of no rows.
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
