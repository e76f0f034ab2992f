/// Returns the one of `candidates` that `word` was probably meant to be.
///
/// That is the nearest by edits, of which there may be a third of the letters; case, and `-` for `_`,
/// do not count. Otherwise it is the only candidate that contains `word`, or that `word` contains.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // A longer word is no misspelt name, and comparing costs its square.
    if word.len() > 64 {
        return None;
    }
    let word = folded(word);
    let candidates: Vec<_> = candidates.into_iter().map(|name| (name, folded(name))).collect();
    let edits = |other: &str| strsim::osa_distance(&word, other);
    candidates
        .iter()
        .map(|(name, folded)| (edits(folded), folded.chars().count(), *name))
        .filter(|(edits, length, _)| *edits <= word.chars().count().max(*length) / 3)
        .min_by_key(|(edits, ..)| *edits)
        .map(|(.., name)| name)
        .or_else(|| {
            let mut related = candidates.iter().filter(|(_, other)| is_part(&word, other));
            let (name, _) = related.next()?;
            related.next().is_none().then_some(*name)
        })
}

/// Returns `word` as names are compared.
pub(super) fn folded(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

/// Returns true if one consists of whole words of the other, as `timeout` of `call_timeout`.
fn is_part(one: &str, other: &str) -> bool {
    let within = |long: &str, short: &str| {
        !short.is_empty() && format!("_{long}_").contains(&format!("_{short}_"))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_what_a_person_meant() {
        let keys = ["failures", "window", "reset_after", "call_timeout"];
        for (word, meant) in [
            ("failure", Some("failures")),
            ("wnidow", Some("window")),
            ("Reset-After", Some("reset_after")),
            ("timeout", Some("call_timeout")),
            ("reset", Some("reset_after")),
            ("colour", None),
            ("", None),
            (&"failures".repeat(1000), None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
        assert_eq!(nearest("reset", ["reset_after", "reset_first"]), None, "either could be meant");
        assert_eq!(nearest("a", ["b"]), None, "nothing in common");
        assert_eq!(nearest("x", []), None);
    }
}
