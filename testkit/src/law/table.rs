use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use super::Law;

const END: &str = "<!-- /laws -->";

/// Laws that a component does not keep, by name or by group, each with the reason.
pub type NotKept<'a> = &'a [(&'a str, &'a str)];

/// Checks a column of a table of laws in the Markdown file at `path`: whether the component `column`
/// keeps each law, and if not, why.
///
/// The table is between `<!-- laws of KIND -->`, for example `<!-- laws of rate limiters -->`, and
/// `<!-- /laws -->`; other components of that kind have columns of their own there. The path is
/// relative to the package. With the variable `SEAWALL_UPDATE`, the column is written instead.
///
/// # Panics
/// If the column is not as it should be, or the file cannot be read or has no such table.
#[track_caller]
pub fn assert_column<S, T, C>(
    kind: &str,
    laws: &[Law<S, T, C>],
    (path, column): (&str, &str),
    not_kept: NotKept<'_>,
) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let text = match fs::read_to_string(path) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => panic!("the table of laws in {path} cannot be read: {error}"),
    };
    let Some(expected) = with_column(&text, kind, laws, column, not_kept) else {
        panic!("{path} must have the lines `{}` and `{END}`", begin(kind))
    };
    if text == expected {
        return;
    }
    let is_update = env::var_os("SEAWALL_UPDATE").is_some();
    assert!(
        is_update && fs::write(path, expected).is_ok(),
        "the column `{column}` of the laws of {kind} in {path} is out of date or cannot be written; \
         SEAWALL_UPDATE=1 cargo test writes it"
    );
}

fn begin(kind: &str) -> String {
    format!("<!-- laws of {kind} -->\n")
}

/// Returns `text` with the column as it should be; `None` if there is no such table.
fn with_column<S, T, C>(
    text: &str,
    kind: &str,
    laws: &[Law<S, T, C>],
    column: &str,
    not_kept: NotKept<'_>,
) -> Option<String> {
    let (before, rest) = text.split_once(&begin(kind))?;
    let (table, after) = rest.split_once(END)?;
    let mut rows = table.lines().map(cells);
    let mut columns = rows.next().unwrap_or_else(|| vec!["law".to_owned()]);
    let known: Vec<_> = rows.collect();
    let at = columns.iter().position(|name| name == column).unwrap_or(columns.len());
    if at == columns.len() {
        columns.push(column.to_owned());
    }
    let row = |law: &Law<S, T, C>| {
        let name = format!("`{}`: ", law.name);
        let found = known.iter().find(|row| row[0].starts_with(&name));
        let mut row = found.cloned().unwrap_or_default();
        row.resize(columns.len(), "?".to_owned());
        row[0] = name + law.sentence;
        row[at] = kept(law, not_kept);
        line(&row)
    };
    let head = line(&columns) + &"|---".repeat(columns.len()) + "|\n";
    let rows: String = laws.iter().map(row).collect();
    Some(format!("{before}{}{head}{rows}{END}{after}", begin(kind)))
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches("| ").trim_end_matches(" |");
    inner.split(" | ").map(str::to_owned).collect()
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn kept<S, T, C>(law: &Law<S, T, C>, not_kept: NotKept<'_>) -> String {
    match not_kept.iter().find(|(name, _)| *name == law.name || *name == law.group) {
        Some((_, reason)) => format!("no: {reason}"),
        None => "yes".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::LAWS;

    const EMPTY: &str = "# Title\n\n<!-- laws of breakers -->\n<!-- /laws -->\n\nMore.\n";

    fn add(text: &str, column: &str, not_kept: NotKept<'_>) -> String {
        with_column(text, "breakers", LAWS, column, not_kept).expect("a table")
    }

    fn row<'t>(text: &'t str, law: &str) -> &'t str {
        text.lines().find(|line| line.contains(law)).expect("a row for each law")
    }

    #[test]
    fn each_component_has_a_column_and_keeps_those_of_others() {
        let one = add(EMPTY, "one", &[("panic_counts_as_failure", "no panics")]);
        let both = add(&one, "other", &[("half_open", "no probes")]);
        assert!(both.starts_with("# Title\n\n<!--") && both.ends_with("-->\n\nMore.\n"), "{both}");
        assert!(row(&both, "law |").ends_with("| one | other |"), "{both}");
        assert!(row(&both, "`panic_counts_as_failure`").ends_with("| no: no panics | yes |"));
        assert!(row(&both, "`probe_success_closes`").ends_with("| yes | no: no probes |"));
        assert_eq!(add(&both, "one", &[("panic_counts_as_failure", "no panics")]), both);
        assert_eq!(add(&both, "other", &[("half_open", "no probes")]), both);
    }

    #[test]
    fn what_no_longer_holds_is_replaced() {
        let outdated = add(EMPTY, "one", &[("panic_counts_as_failure", "no panics")]);
        let outdated = outdated.replace("`probe_success_closes`", "`probe_closes`");
        let text = add(&outdated, "other", &[]);
        assert!(!text.contains("`probe_closes`"), "there is no such law");
        assert!(row(&text, "`probe_success_closes`").ends_with("| ? | yes |"), "not known yet");
        let text = add(&text, "one", &[]);
        assert!(row(&text, "`panic_counts_as_failure`").ends_with("| yes | yes |"), "{text}");
        assert!(row(&text, "`probe_success_closes`").ends_with("| yes | yes |"), "{text}");
    }

    #[test]
    fn a_file_without_the_table_has_no_column() {
        assert_eq!(with_column("# Title", "breakers", LAWS, "one", &[]), None);
        assert_eq!(with_column("<!-- laws of breakers -->\n", "breakers", LAWS, "one", &[]), None);
    }
}
