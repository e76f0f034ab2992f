use std::time::Duration;

use serde::Deserialize;

/// A time as rows write it: `100ms`, `5s`, `30min`, `2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Time(pub(crate) Duration);

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        time(&text).map(Self)
    }
}

/// Reads a time.
///
/// # Errors
/// If it is none.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(format!("`{text}` is not a time")),
    };
    let number: u64 = number.parse().map_err(|_| format!("`{text}` is not a time"))?;
    Ok(Duration::from_millis(number * millis))
}

/// A part of a whole in hundredths, as rows write it: `60%`, `12.5%`, or `unknown`.
pub(crate) fn percent(part: Option<f64>) -> String {
    match part {
        Some(part) => format!("{}%", (part * 1e6).round() / 1e4),
        None => "unknown".to_owned(),
    }
}

/// A time in milliseconds, or `none`.
pub(crate) fn millis(time: Option<Duration>) -> String {
    time.map_or_else(|| "none".to_owned(), |time| time.as_millis().to_string())
}
