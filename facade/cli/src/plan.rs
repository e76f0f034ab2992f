use std::process::ExitCode;

use seawall::settings::PlanDiff;

use crate::args::{Diff, Sources};
use crate::output::{self, BOLD, Failure, styled};

/// Prints the settings in effect.
pub(crate) fn show(sources: &Sources, json: bool) -> Result<ExitCode, Failure> {
    let plan = sources.plan()?;
    if json { output::json(&plan) } else { output::text(&headed(&plan.to_string())) }
}

/// Prints the difference of two files.
pub(crate) fn compare(diff: &Diff, json: bool) -> Result<ExitCode, Failure> {
    let (old, new) = (diff.reading.plan(&diff.old)?, diff.reading.plan(&diff.new)?);
    let difference = PlanDiff::between(&old, &new);
    let printed = if json {
        output::json(&difference)?
    } else {
        output::text(&headed(&difference.to_string()))?
    };
    let differs = diff.exit_code && !difference.is_empty();
    Ok(if differs { ExitCode::from(1) } else { printed })
}

/// Returns `text` with its headings in bold: the lines that are not indented.
fn headed(text: &str) -> String {
    let line = |line: &str| match line.starts_with(' ') || line.is_empty() {
        true => line.to_owned(),
        false => styled(BOLD, line),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
