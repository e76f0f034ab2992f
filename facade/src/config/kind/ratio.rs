use figment::value::{Num, Value};
use serde_json::Value as Json;

use super::number::outside;
use crate::config::raw::{Raw, integer};
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Rejected, SettingDef};

/// A number from 0 to 1, or a text from `"0%"` to `"100%"`.
impl Parse for f64 {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let read = ratio(raw).map_err(|wrong| match percent(raw) {
            Some(ratio) => wrong.suggest(Some(ratio)),
            None => wrong,
        });
        Ok(read?)
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(*self)
    }
}

fn ratio(raw: &Raw<'_>) -> Result<f64, Diagnostic> {
    let range = 0.0..=1.0;
    let number = match (&*raw.value, raw.text()) {
        (Value::Num(_, number), _) => Some(float(*number)),
        (_, Some(text)) if text.contains('%') => of_percent(text.trim()),
        (_, Some(text)) => match text.trim().parse::<f64>() {
            Ok(number) if raw.from_environment && is_plain(text.trim()) => Some(number),
            Ok(number) if raw.from_environment => {
                let fits = range.contains(&number);
                let wrong = raw.is_not("a number");
                return Err(wrong.suggest(fits.then(|| number.to_string())));
            }
            Ok(number) => {
                let found = format!("{} is text, not a number", raw.shown());
                let fits = range.contains(&number);
                return Err(Diagnostic::new(found).suggest(fits.then(|| number.to_string())));
            }
            Err(_) => None,
        },
        _ => None,
    };
    match number {
        Some(number) if range.contains(&number) => Ok(number),
        Some(number) if !number.is_nan() => {
            Err(outside(raw.shown(), number < 0.0, number > *range.end(), &range))
        }
        _ => Err(raw.is_not("a number")),
    }
}

/// The regular expression of percentages: all that is read as one, and a little more.
pub(crate) const PATTERN: &str = r"^\s*-?0*(100|[0-9]{1,2})(\.[0-9]*)?\s*%\s*$";

/// Returns the ratio of `50%` or `12.5 %`.
fn of_percent(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim_end();
    let percent: f64 = is_plain(number).then(|| number.parse().ok()).flatten()?;
    Some((percent * 10_000.0).round() / 1_000_000.0)
}

/// Returns true for digits with at most one point among them: not `inf`, `nan`, `1e-1` or `.5`.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[allow(clippy::cast_precision_loss, reason = "settings are not that large")]
fn float(number: Num) -> f64 {
    number.to_f64().or_else(|| Some(integer(number)? as f64)).unwrap_or(f64::INFINITY)
}

/// The ratio that was meant by `50`.
fn percent(raw: &Raw<'_>) -> Option<String> {
    let percent = match (&*raw.value, raw.text()) {
        (Value::Num(_, number), _) => float(*number),
        (_, text) => text?.trim().parse().ok()?,
    };
    let ratio = (percent * 100.0).round() / 10_000.0;
    (percent > 1.0 && ratio <= 1.0).then(|| ratio.to_string())
}
