//! TOML and JSON, parsed together with the line each key is in.

mod json;
mod lines;
mod toml;

use std::io::ErrorKind;
use std::path::Path;

use figment::value::Dict;

use super::positions::Positions;

/// A file or a text, parsed.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) dict: Dict,
    pub(super) lines: Positions<usize>,
}

/// Why a file or a text gives no settings.
#[derive(Debug)]
pub(super) enum Unreadable {
    Io(ErrorKind),
    Syntax { message: String, line: Option<usize>, column: Option<usize> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Format {
    Toml,
    Json,
}

impl Format {
    /// What is not said to be JSON is TOML.
    pub(super) fn of(path: &Path) -> Self {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("json") => Self::Json,
            _ => Self::Toml,
        }
    }
}

impl Document {
    /// Parses what a file contains, which should be UTF-8.
    pub(super) fn parse_bytes(format: Format, bytes: &[u8]) -> Result<Self, Unreadable> {
        match str::from_utf8(bytes) {
            Ok(text) => Self::parse(format, text),
            Err(error) => {
                let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let (line, column) = lines::Lines::of(&before).position(before.len());
                Err(Unreadable::Syntax {
                    message: "not UTF-8".to_owned(),
                    line: Some(line),
                    column: Some(column),
                })
            }
        }
    }

    fn parse(format: Format, text: &str) -> Result<Self, Unreadable> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match format {
            Format::Toml => toml::parse(text),
            Format::Json => json::parse(text),
        }
    }
}
