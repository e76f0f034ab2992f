use std::fmt;

use super::play::Fault;
use super::row::Row;

/// The results of all rows.
#[derive(Clone, Debug, Default)]
#[must_use = "only the report says which rows failed"]
pub struct Report {
    run: usize,
    passed: usize,
    decided: Vec<String>,
    not_yet: Vec<String>,
    left_out: Vec<String>,
    failed: Vec<String>,
    checked: usize,
}

impl Report {
    /// Adds a row, with its result if it was played.
    pub(super) fn add(&mut self, row: &Row, played: Option<Result<(), Fault>>) {
        let Row { id, title, .. } = row;
        let line = |text: &str| format!("  {id} {title}: {text}");
        self.run += usize::from(played.is_some());
        match played {
            None => {}
            Some(Ok(())) => {
                self.passed += usize::from(row.decided.is_none() && row.not_yet.is_none());
                self.decided.extend(row.decided.iter().map(|decided| line(&decided.reason)));
            }
            Some(Err(fault)) => self.failed.push(line(&fault.to_string())),
        }
        self.not_yet.extend(row.not_yet.iter().map(|not_yet| line(&not_yet.reason)));
        self.left_out.extend(row.left_out.iter().map(|left_out| line(left_out)));
    }

    /// Adds a check of the rows themselves, or of the code that plays them.
    pub(super) fn check(&mut self, name: &str, result: Result<(), String>) {
        self.checked += 1;
        self.failed.extend(result.err().map(|problem| format!("  {name}: {problem}")));
    }

    /// Returns true if nothing failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failed.is_empty()
    }

    /// Returns the summary line. A row that passes only in part counts as run.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { run, passed, decided, not_yet, .. } = self;
        let (decided, not_yet) = (decided.len(), not_yet.len());
        format!(
            "scenarios: {run} run, {passed} passed, {decided} decided otherwise, {not_yet} not yet"
        )
    }
}

/// Writes the rows that need a reason, the [summary](Report::summary), and a last line like that of
/// Rust's own test harness, in which each check counts too.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = [
            ("decided otherwise, and doing what was decided", &self.decided),
            ("not yet, or not all of it", &self.not_yet),
            ("left out of rows that were run", &self.left_out),
            ("FAILED", &self.failed),
        ];
        for (title, lines) in lists {
            if !lines.is_empty() {
                writeln!(f, "{title}:\n{}", lines.join("\n"))?;
            }
        }
        let failed = self.failed.len();
        let passed = (self.run + self.checked).saturating_sub(failed);
        let word = if self.is_ok() { "ok" } else { "FAILED" };
        write!(
            f,
            "{}\n\ntest result: {word}. {passed} passed; {failed} failed; {} ignored; 0 measured; \
             0 filtered out",
            self.summary(),
            self.not_yet.len()
        )
    }
}
