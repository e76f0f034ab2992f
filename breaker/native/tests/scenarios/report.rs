use std::process::ExitCode;

use crate::row::Row;

/// What became of all rows.
#[derive(Debug, Default)]
pub(crate) struct Report {
    run: usize,
    passed: usize,
    decided: Vec<String>,
    not_yet: Vec<String>,
    left_out: Vec<String>,
    failed: Vec<String>,
    checked: usize,
}

impl Report {
    /// Adds a row, and what became of it if it was played.
    pub(crate) fn add(&mut self, row: &Row, played: Option<Result<(), String>>) {
        let Row { id, title, .. } = row;
        let line = |text: &str| format!("  {id} {title}: {text}");
        match played {
            None => {}
            Some(Ok(())) => {
                self.run += 1;
                self.passed += usize::from(row.decided.is_none());
                self.decided.extend(row.decided.iter().map(|decided| line(&decided.reason)));
            }
            Some(Err(problem)) => {
                self.run += 1;
                self.failed.push(line(&problem));
            }
        }
        self.not_yet.extend(row.not_yet.iter().map(|not_yet| line(&not_yet.reason)));
        self.left_out.extend(row.left_out.iter().map(|left_out| line(left_out)));
    }

    /// Adds a check of the rows themselves, or of what plays them.
    pub(crate) fn check(&mut self, name: &str, result: Result<(), String>) {
        self.checked += 1;
        self.failed.extend(result.err().map(|problem| format!("  {name}: {problem}")));
    }

    /// Did nothing fail?
    pub(crate) fn is_ok(&self) -> bool {
        self.failed.is_empty()
    }

    /// The line that sums it up.
    pub(crate) fn summary(&self) -> String {
        let Self { run, passed, decided, not_yet, .. } = self;
        let (decided, not_yet) = (decided.len(), not_yet.len());
        format!(
            "scenarios: {run} run, {passed} passed, {decided} decided otherwise, {not_yet} not yet"
        )
    }

    /// Prints all of it.
    pub(crate) fn print(&self) -> ExitCode {
        let lists = [
            ("decided otherwise, and doing what was decided", &self.decided),
            ("not yet", &self.not_yet),
            ("left out of rows that were run", &self.left_out),
            ("FAILED", &self.failed),
        ];
        for (title, lines) in lists {
            if !lines.is_empty() {
                println!("{title}:\n{}", lines.join("\n"));
            }
        }
        println!("{}", self.summary());
        let failed = self.failed.len();
        let passed = (self.run + self.checked).saturating_sub(failed);
        let (word, code) =
            if self.is_ok() { ("ok", ExitCode::SUCCESS) } else { ("FAILED", ExitCode::FAILURE) };
        println!(
            "\ntest result: {word}. {passed} passed; {failed} failed; {} ignored; 0 measured; \
             0 filtered out",
            self.not_yet.len()
        );
        code
    }
}
