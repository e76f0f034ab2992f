use std::fmt;
use std::time::Duration;

use humantime::DurationError;
use serde_json::Value as Json;

use super::duration::{amount, terms_pattern, units_pattern, written};
use super::number::{whole, within};
use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Kind, Rejected, SettingDef};

/// A number for each period: `"100/s"`, `"5 per minute"`, `"20 / 10s"`. Where the period is a setting of
/// its own, it is a number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// The number for each period.
    pub count: u32,
    /// The period, if it is written with the number.
    pub period: Option<Duration>,
}

impl Parse for Rate {
    fn parse(def: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let min = match def.kind() {
            Kind::Rate { min } => min,
            _ => 0,
        };
        let text = raw.text();
        let Some((count, period)) = text.as_deref().and_then(split) else {
            return Ok(Self { count: within(whole(raw)?, min, u32::MAX)?, period: None });
        };
        let not_a_rate = || raw.is_not("a rate");
        let count = within(number(count).ok_or_else(not_a_rate)?, min, u32::MAX)?;
        match period_of(period) {
            Ok(period) if !period.is_zero() => Ok(Self { count, period: Some(period) }),
            _ => Err(not_a_rate().into()),
        }
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        match self.period {
            None => Json::from(self.count),
            Some(_) => Json::from(self.to_string()),
        }
    }
}

impl Rate {
    /// Reads a rate that was written with its period.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (count, period) = split(text)?;
        Some(Self { count: u32::try_from(number(count)?).ok()?, period: period_of(period).ok() })
    }
}

/// Returns the regular expression of rates.
pub(crate) fn pattern() -> String {
    let (units, terms) = (units_pattern(), terms_pattern());
    format!(r"^\s*[0-9]([0-9_]*[0-9])?\s*(/| per )\s*(({units})\s*|{terms})$")
}

/// Splits `100/s` and `100 per s`.
fn split(text: &str) -> Option<(&str, &str)> {
    let (count, period) = text.split_once('/').or_else(|| text.split_once(" per "))?;
    Some((count.trim(), period.trim()))
}

/// Returns the period of `s` or `10s`.
fn period_of(text: &str) -> Result<Duration, DurationError> {
    match text.starts_with(|c: char| c.is_ascii_digit()) {
        true => amount(text),
        false => amount(&format!("1{text}")),
    }
}

/// Returns the number of `1000` or `1_000`.
fn number(text: &str) -> Option<i128> {
    let is_digit = |c: char| c.is_ascii_digit();
    let digits = text.strip_prefix('-').unwrap_or(text);
    (digits.starts_with(is_digit) && digits.ends_with(is_digit))
        .then(|| text.replace('_', "").parse().ok())
        .flatten()
}

impl fmt::Display for Rate {
    /// Writes the rate as settings have it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count)?;
        let Some(period) = self.period else { return Ok(()) };
        let period = written(period);
        // `1s` is `s`, but `10s` and `1m 30s` stay.
        let unit = period
            .strip_prefix('1')
            .filter(|unit| unit.starts_with(|c: char| c.is_alphabetic()) && !unit.contains(' '));
        write!(f, "/{}", unit.unwrap_or(&period))
    }
}
