use std::num::NonZeroUsize;

/// Splits a text into commands: separated by commas, repeated by `×3`, grouped by parentheses.
///
/// # Errors
/// With the part that cannot be read.
pub(super) fn commands(text: &str) -> Result<Vec<&str>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut commands = Vec::new();
    for item in items(text)? {
        let (item, times) = match item.rsplit_once('×') {
            Some((item, times)) if !times.contains(')') => (item.trim(), count(times)?),
            _ => (item, 1),
        };
        let one = match item.strip_prefix('(').and_then(|item| item.strip_suffix(')')) {
            Some(group) => self::commands(group)?,
            None if item.is_empty() => return Err(format!("`{text}`: an empty command")),
            None => vec![item],
        };
        commands.extend(std::iter::repeat_n(one, times).flatten());
    }
    Ok(commands)
}

fn count(text: &str) -> Result<usize, String> {
    let count = text.trim().parse::<NonZeroUsize>();
    count.map(NonZeroUsize::get).map_err(|error| format!("`×{text}`: {error}"))
}

/// Splits at the commas outside parentheses.
fn items(text: &str) -> Result<Vec<&str>, String> {
    let (mut items, mut depth, mut from) = (Vec::new(), 0_u32, 0);
    let unbalanced = || format!("`{text}`: parentheses");
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).ok_or_else(unbalanced)?,
            ',' if depth == 0 => {
                items.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    items.push(text[from..].trim());
    if depth == 0 { Ok(items) } else { Err(unbalanced()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_repeated_and_grouped() {
        for (text, expected) in [
            ("", &[][..]),
            ("S", &["S"]),
            ("S, F lasting 5s ×2", &["S", "F lasting 5s", "F lasting 5s"]),
            ("(S,F lasting 5s)×2, X×3", &["S", "F lasting 5s", "S", "F lasting 5s", "X", "X", "X"]),
            ("((S×2,F)×2,X)", &["S", "S", "F", "S", "S", "F", "X"]),
            ("hit(a, b)×2", &["hit(a, b)", "hit(a, b)"]),
        ] {
            assert_eq!(commands(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, problem) in [
            ("S×few", "`×few`: invalid digit found in string"),
            ("S×0", "`×0`: number would be zero for non-zero type"),
            ("(S,F", "`(S,F`: parentheses"),
            ("S),(F", "`S),(F`: parentheses"),
            ("S,,F", "`S,,F`: an empty command"),
            ("×2", "`×2`: an empty command"),
        ] {
            assert_eq!(commands(text), Err(problem.to_owned()));
        }
    }
}
