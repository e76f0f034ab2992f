use std::fmt::{self, Write};

use super::place::Origin;
use super::{Diagnostic, Place};

/// One mistake in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The source, the line and the key.
    pub place: Place,
    /// What the settings say, and what is wrong with it.
    pub found: String,
    /// What would be right; empty where `found` makes it clear.
    pub expected: String,
    /// What was probably meant: the nearest valid name, or the value with its unit.
    pub suggestion: Option<String>,
}

impl Problem {
    /// Creates the problem of a value that code gives under `keys`.
    pub(crate) fn in_code(keys: &[&str], wrong: Diagnostic) -> Self {
        let path = keys.iter().copied().collect();
        Self::new(Place::new(Origin::Code, &path), wrong, "")
    }

    /// Creates a problem of what stands, or does not, under `keys`, wherever that is.
    pub(crate) fn about(keys: &[&str], wrong: Diagnostic) -> Self {
        let path = keys.iter().copied().collect();
        Self::new(Place::new(Origin::Unknown, &path), wrong, "")
    }

    pub(crate) fn new(place: Place, wrong: Diagnostic, expected: impl Into<String>) -> Self {
        let expected = wrong.expected.unwrap_or_else(|| expected.into());
        Self { place, found: wrong.found, expected, suggestion: wrong.suggestion }
    }
}

impl fmt::Display for Problem {
    /// Writes one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = OneLine(f);
        let place = self.place.to_string();
        if !place.is_empty() {
            write!(line, "{place}: ")?;
        }
        write!(line, "{}", self.found)?;
        if !self.expected.is_empty() {
            write!(line, "; expected {}", self.expected)?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(line, "; did you mean `{suggestion}`?")?;
        }
        Ok(())
    }
}

/// Escapes characters that would break the line, or a terminal: names and values are input.
struct OneLine<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c.is_control() {
            true => write!(self.0, "{}", c.escape_default()),
            false => self.0.write_char(c),
        })
    }
}
