use super::{LAWS, Law};

const BEGIN: &str = "<!-- laws -->";
const END: &str = "<!-- /laws -->";

/// The table of laws that a backend's README carries, in Markdown: each with its sentence and whether
/// it is kept, or the reason why it cannot be.
#[must_use]
pub fn table(cannot: &[(&str, &str)]) -> String {
    let row = |law: &Law| {
        let reason = cannot.iter().find(|(name, _)| *name == law.name).map(|(_, reason)| *reason);
        let kept = reason.map_or_else(|| "yes".to_owned(), |reason| format!("no: {reason}"));
        format!("| `{}` | {} | {kept} |\n", law.name, law.sentence)
    };
    let rows: String = LAWS.iter().map(row).collect();
    format!("| law | | kept |\n|---|---|---|\n{rows}")
}

/// Tests that the [`table`] between `<!-- laws -->` and `<!-- /laws -->` in `readme` is up to date.
///
/// # Panics
/// If it is not, with the table that should be there.
pub fn assert_readme(readme: &str, cannot: &[(&str, &str)]) {
    let expected = table(cannot);
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

    #[test]
    fn a_readme_may_say_more_around_the_table() {
        let cannot = [("books_close", "no books")];
        let readme = format!("# Title\n\n{BEGIN}\n{}{END}\n\nMore.\n", table(&cannot));
        assert_readme(&readme, &cannot);
        assert!(readme.contains("+ late. | no: no books |"), "{readme}");
    }

    #[test]
    #[should_panic(expected = "the README should have this")]
    fn an_old_table_is_found_out() {
        assert_readme(&format!("{BEGIN}\n{}{END}", table(&[])), &[("books_close", "no books")]);
    }

    #[test]
    #[should_panic(expected = "the README should have this")]
    fn a_missing_table_is_found_out() {
        assert_readme("# Title", &[]);
    }
}
