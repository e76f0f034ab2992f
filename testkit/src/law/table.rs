use super::Law;

const BEGIN: &str = "<!-- laws -->";
const END: &str = "<!-- /laws -->";

/// Laws that a component does not keep, by name or by group, each with the reason.
pub type NotKept<'a> = &'a [(&'a str, &'a str)];

/// Returns the Markdown table of laws for a README: each law with its sentence and whether it is
/// kept.
///
/// `variants` are the variants of the component, such as the algorithms of a limiter, each with the
/// laws that it does not keep. A component without variants has one, whose name is empty.
#[must_use]
pub fn table<S, T, C>(laws: &[Law<S, T, C>], variants: &[(&str, NotKept<'_>)]) -> String {
    let row = |law: &Law<S, T, C>| {
        format!("| `{}` | {} | {} |\n", law.name, law.sentence, kept(law, variants))
    };
    let rows: String = laws.iter().map(row).collect();
    format!("| law | | kept |\n|---|---|---|\n{rows}")
}

/// Returns whether `law` is kept, and if not, by which variant and why.
fn kept<S, T, C>(law: &Law<S, T, C>, variants: &[(&str, NotKept<'_>)]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for (variant, not_kept) in variants {
        let declares = |(name, _): &&(&str, &str)| *name == law.name || *name == law.group;
        let Some((_, reason)) = not_kept.iter().find(declares) else { continue };
        let variant = format!("`{variant}`");
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, variants)) => variants.push(variant),
            None => reasons.push((reason, vec![variant])),
        }
    }
    let exception = |(reason, by): &(&str, Vec<String>)| match by.len() == variants.len() {
        true => format!("no: {reason}"),
        false => format!("not by {}: {reason}", by.join(", ")),
    };
    match reasons.as_slice() {
        [] => "yes".to_owned(),
        reasons => reasons.iter().map(exception).collect::<Vec<_>>().join("; "),
    }
}

/// Checks that the text between `<!-- laws -->` and `<!-- /laws -->` in `readme` is the [`table`].
///
/// # Panics
/// If it is not; the message has the table that belongs there.
pub fn assert_readme<S, T, C>(
    readme: &str,
    laws: &[Law<S, T, C>],
    variants: &[(&str, NotKept<'_>)],
) {
    let expected = table(laws, variants);
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
    fn a_readme_may_have_more_text_around_the_table() {
        let variants = [("", &[("panic_counts_as_failure", "no panics")][..])];
        let readme = format!("# Title\n\n{BEGIN}\n{}{END}\n\nMore.\n", table(LAWS, &variants));
        assert_readme(&readme, LAWS, &variants);
        assert!(readme.contains("| no: no panics |"), "{readme}");
    }

    #[test]
    fn a_law_that_one_variant_does_not_keep_is_not_shown_as_kept() {
        let not_kept: [NotKept<'_>; 3] = [
            &[],
            &[("panic_counts_as_failure", "no panics"), ("half_open", "no probes")],
            &[("half_open", "no probes"), ("panic_counts_as_failure", "it aborts")],
        ];
        let table = table(LAWS, &[("a", not_kept[0]), ("b", not_kept[1]), ("c", not_kept[2])]);
        let row = |law: &str| table.lines().find(|row| row.contains(law)).map(str::to_owned);
        for (law, kept) in [
            ("panic_counts_as_failure", "| not by `b`: no panics; not by `c`: it aborts |"),
            ("probe_success_closes", "| not by `b`, `c`: no probes |"),
            ("starts_closed_and_admits", "| yes |"),
        ] {
            assert!(row(law).is_some_and(|row| row.ends_with(kept)), "{law}: {:?}", row(law));
        }
    }

    #[test]
    #[should_panic(expected = "the README should have this")]
    fn an_outdated_table_is_reported() {
        let outdated = format!("{BEGIN}\n{}{END}", table(LAWS, &[("", &[])]));
        assert_readme(&outdated, LAWS, &[("", &[("panic_counts_as_failure", "no panics")])]);
    }

    #[test]
    #[should_panic(expected = "the README should have this")]
    fn a_missing_table_is_reported() {
        assert_readme("# Title", LAWS, &[("", &[])]);
    }
}
