use std::borrow::Cow;

use figment::value::{Empty, Num, Value};

use super::{Diagnostic, Rejected};

/// A value that was not yet read as any kind.
#[derive(Clone, Debug)]
pub struct Raw<'r> {
    pub(super) value: Cow<'r, Value>,
    /// True if it is from the environment, where everything is text.
    pub(super) from_environment: bool,
}

impl Raw<'_> {
    /// Returns `text` as if a variable had it.
    pub(super) fn of_variable(text: &str) -> Self {
        Self { value: Cow::Owned(Value::from(text)), from_environment: true }
    }

    /// Returns the text; also of a variable that figment took for a number or a flag.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match &*self.value {
            Value::String(_, text) => Some(Cow::Borrowed(text)),
            Value::Char(_, character) => Some(Cow::Owned(character.to_string())),
            Value::Num(..) | Value::Bool(..) if self.from_environment => {
                Some(Cow::Owned(self.shown()))
            }
            _ => None,
        }
    }

    /// Returns the value as a message quotes it.
    pub(super) fn shown(&self) -> String {
        match &*self.value {
            Value::String(_, text) => quoted(text),
            Value::Char(_, character) => quoted(&character.to_string()),
            Value::Bool(_, flag) => flag.to_string(),
            Value::Num(_, number) => shown_number(*number),
            Value::Dict(..) | Value::Array(..) | Value::Empty(..) => self.kind().to_owned(),
        }
    }

    /// Returns the kind of value, where the value itself must not be quoted.
    pub(super) fn kind(&self) -> &'static str {
        kind(&self.value)
    }

    /// Returns the diagnostic of a value that is not `what` was asked for.
    pub(super) fn is_not(&self, what: &str) -> Diagnostic {
        Diagnostic::new(format!("{} is not {what}", self.shown()))
    }

    /// Returns the diagnostic of a value that is not a table. It does not quote the value: text in place
    /// of a table is often a URL with a password.
    pub(super) fn is_no_table(&self) -> Diagnostic {
        Diagnostic::new(format!("{} is not a table", self.kind()))
    }

    /// Reads each element of a list by `read`; of a variable, the parts between its commas; of anything
    /// else, the value itself.
    pub(super) fn each<T>(
        &self,
        mut read: impl FnMut(&Raw<'_>) -> Result<T, Diagnostic>,
    ) -> Result<Vec<T>, Rejected> {
        let from_environment = self.from_environment;
        let elements: Vec<Raw<'_>> = match &*self.value {
            Value::Array(_, list) => list
                .iter()
                .map(|element| Raw { value: Cow::Borrowed(element), from_environment })
                .collect(),
            Value::String(tag, text) if from_environment => in_brackets(text)
                .split(',')
                .map(|part| part.trim().trim_matches(['"', '\'']))
                .filter(|part| !part.is_empty())
                .map(|part| Cow::Owned(Value::String(*tag, part.to_owned())))
                .map(|value| Raw { value, from_environment })
                .collect(),
            _ => return Ok(vec![read(self)?]),
        };
        let is_list = matches!(&*self.value, Value::Array(..));
        let (mut good, mut wrong) = (Vec::new(), Vec::new());
        for (index, element) in elements.iter().enumerate() {
            match read(element) {
                Ok(element) => good.push(element),
                Err(found) => wrong.push((is_list.then_some(index), found)),
            }
        }
        // All are read, so that all problems are reported.
        if wrong.is_empty() { Ok(good) } else { Err(Rejected(wrong)) }
    }
}

/// Returns the kind of `value`, where the value itself must not be quoted.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "text",
        Value::Bool(..) => "a flag",
        Value::Num(..) => "a number",
        Value::Dict(..) => "a table",
        Value::Array(..) => "a list",
        Value::Empty(_, Empty::Unit) => "a date",
        Value::Empty(..) => "null",
    }
}

/// Returns `text` without brackets around it.
fn in_brackets(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text)
}

/// Returns `text` in quotes; cut if it is long, and hidden if it looks like a URL with a password.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    if text.contains("://") && text.contains('@') {
        return "\"…\"".to_owned();
    }
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}", format_args!("{}…", &text[..end]).to_string()),
        None => format!("{text:?}"),
    }
}

fn shown_number(number: Num) -> String {
    match (integer(number), number.to_f64()) {
        (Some(integer), _) => integer.to_string(),
        (None, Some(float)) => format!("{float:?}"),
        (None, None) => number.to_u128().unwrap_or(u128::MAX).to_string(),
    }
}

/// Returns the number if it is a whole one that fits.
pub(super) fn integer(number: Num) -> Option<i128> {
    number.to_i128().or_else(|| i128::try_from(number.to_u128()?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_or_secret_is_not_quoted_whole() {
        assert_eq!(quoted("ten \"s\"\n"), r#""ten \"s\"\n""#);
        assert_eq!(quoted(&"ü".repeat(41)), format!("\"{}…\"", "ü".repeat(40)));
        assert_eq!(quoted("postgres://me:secret@host"), "\"…\"");
    }
}
