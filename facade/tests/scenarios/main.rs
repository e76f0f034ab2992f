//! What established libraries assert of their protections as a whole, run against these.
//!
//! `rows.jsonl` has one scenario a line: where it is asserted (`source`), the `settings`, and `steps`,
//! each with the time `at` which it happens, in milliseconds, what to `do` and what to `expect`. The
//! notation of the former is described at [`command`], that of the latter at [`expect`]. A row that
//! is `decided` otherwise says why, and its steps are what Seawall does instead; one that is
//! `not_yet` says what is missing, and its steps, if it has any, are what can be run already.
//!
//! Without the test harness, so that it is always told which rows are which.

use std::process::ExitCode;

use self::report::Report;
use self::row::Row;

mod checks;
mod command;
mod expect;
mod play;
mod report;
mod row;

const ROWS: &str = include_str!("rows.jsonl");

fn main() -> ExitCode {
    // To whoever lists tests by name, this is not one.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let mut report = Report::default();
    for (line, text) in (1..).zip(ROWS.lines()) {
        match Row::read(text) {
            Ok(row) => {
                report.add(&row, row.has_steps().then(|| play::play(&row)));
                if row.has_steps() {
                    report.check(&format!("{}: wrong steps", row.id), checks::wrong_steps(&row));
                }
            }
            Err(problem) => report.check(&format!("line {line} of the rows"), Err(problem)),
        }
    }
    for (name, check) in checks::ALL {
        report.check(name, check());
    }
    report.print()
}
