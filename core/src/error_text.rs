use std::error::Error;
use std::fmt::Write;

/// Returns an error with its sources, in one line for people: `PostgreSQL could not be reached: connection
/// refused`. A source that its error already repeats is left out, control characters are escaped, and a
/// long text is cut after about 1,000 bytes, since servers write a part of it.
///
/// ```
/// use seawall_core::error_text;
///
/// let error = std::io::Error::other("no route\nto host");
/// assert_eq!(error_text(&error), "no route\\nto host");
/// ```
#[must_use]
pub fn error_text(error: &(dyn Error + 'static)) -> String {
    const MAX: usize = 1000;
    let mut text = String::new();
    for error in std::iter::successors(Some(error), |&error| error.source()) {
        let more = error.to_string();
        if text.ends_with(&escaped(&more)) {
            continue;
        }
        let separator = if text.is_empty() { "" } else { ": " };
        text.extend([separator, &escaped(&more)]);
        if text.len() > MAX {
            let end = (0..=MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.replace_range(end.., "…");
            break;
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, c| {
        match c.is_control() {
            true => _ = write!(shown, "{}", c.escape_default()),
            false => shown.push(c),
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Chained(&'static str, Option<Box<Chained>>);

    impl fmt::Display for Chained {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Chained {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    fn text(sentences: &[&'static str]) -> String {
        let chained = sentences
            .iter()
            .rev()
            .fold(None, |source, sentence| Some(Box::new(Chained(sentence, source))));
        error_text(&*chained.expect("there is one"))
    }

    #[test]
    fn sources_follow_unless_they_are_repeated() {
        assert_eq!(text(&["it is away"]), "it is away");
        assert_eq!(text(&["it is away", "no route", "refused"]), "it is away: no route: refused");
        assert_eq!(text(&["it is away: no route", "no route"]), "it is away: no route");
    }

    #[test]
    fn a_server_cannot_write_lines_or_codes_of_a_terminal_or_much() {
        assert_eq!(text(&["away", "\u{1b}[2J\nready"]), "away: \\u{1b}[2J\\nready");
        let long = "ü".repeat(2000).leak();
        let cut = text(&["away", long, "refused"]);
        assert!(cut.starts_with("away: üü") && cut.ends_with('…') && cut.len() < 1010, "{cut}");
    }
}
