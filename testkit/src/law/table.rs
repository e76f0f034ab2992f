use super::Law;

const BEGIN: &str = "<!-- laws -->";
const END: &str = "<!-- /laws -->";

/// The table of laws that a backend's README carries, in Markdown: each with its sentence and whether
/// it is kept, or the reason why it cannot be.
#[must_use]
pub fn table<S, T, C>(laws: &[Law<S, T, C>], cannot: &[(&str, &str)]) -> String {
    let row = |law: &Law<S, T, C>| {
        let reason = cannot.iter().find(|(name, _)| *name == law.name).map(|(_, reason)| *reason);
        let kept = reason.map_or_else(|| "yes".to_owned(), |reason| format!("no: {reason}"));
        format!("| `{}` | {} | {kept} |\n", law.name, law.sentence)
    };
    let rows: String = laws.iter().map(row).collect();
    format!("| law | | kept |\n|---|---|---|\n{rows}")
}

/// Tests that the [`table`] between `<!-- laws -->` and `<!-- /laws -->` in `readme` is up to date.
///
/// # Panics
/// If it is not, with the table that should be there.
pub fn assert_readme<S, T, C>(readme: &str, laws: &[Law<S, T, C>], cannot: &[(&str, &str)]) {
    let expected = table(laws, cannot);
    let found = readme
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(found, _)| found.replace("\r\n", "\n"));
    let found = found.as_deref().map(str::trim);
    assert!(
        found == Some(expected.trim()),
        "the README should have this:\n{BEGIN}\n{expected}{END}\n"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breaker::LAWS;

    #[test]
    fn a_readme_may_say_more_around_the_table() {
        let cannot = [("books_close", "no books")];
        let readme = format!("# Title\n\n{BEGIN}\n{}{END}\n\nMore.\n", table(LAWS, &cannot));
        assert_readme(&readme, LAWS, &cannot);
        assert!(readme.contains("+ late. | no: no books |"), "{readme}");
    }

    #[test]
    #[should_panic(expected = "the README should have this")]
    fn an_old_table_is_found_out() {
        let old = format!("{BEGIN}\n{}{END}", table(LAWS, &[]));
        assert_readme(&old, LAWS, &[("books_close", "no books")]);
    }

    #[test]
    #[should_panic(expected = "the README should have this")]
    fn a_missing_table_is_found_out() {
        assert_readme("# Title", LAWS, &[]);
    }
}
