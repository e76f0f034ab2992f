use std::ops::RangeInclusive;
use std::time::Duration;

use figment::value::Value;
use humantime::{DurationError, format_duration, parse_duration};
use serde_json::Value as Json;

use crate::config::nearest::nearest;
use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Kind, Rejected, SettingDef};

/// A hundred years. Anything longer is a mistake.
pub(super) const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

const SHORTEST: Duration = Duration::from_nanos(1);
const AT_MOST: &str = "a duration of 100 years at most";
const UNITS: &str = r#"a duration in ns, us, ms, s, m, h, d or w, like "10s""#;

impl Parse for Duration {
    fn parse(def: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let min = match def.kind() {
            Kind::Duration { min } => min,
            _ => SHORTEST,
        };
        Ok(duration(raw, &(min..=LONGEST))?)
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(written(*self))
    }
}

/// Returns what a duration of `min` or more is like.
pub(super) fn expected(min: Duration) -> String {
    match min > SHORTEST {
        false => r#"a duration like "10s" or "250ms""#.to_owned(),
        true => format!("a duration of {} or more", format_duration(min)),
    }
}

pub(super) fn duration(
    raw: &Raw<'_>,
    range: &RangeInclusive<Duration>,
) -> Result<Duration, Diagnostic> {
    let Some(text) = raw.text() else {
        return Err(match *raw.value {
            Value::Num(..) if is_number(&raw.shown()) => number(&raw.shown(), raw, range, "\""),
            _ => raw.is_not("a duration"),
        });
    };
    let text = text.trim();
    if is_number(text) {
        return Err(number(text, raw, range, ""));
    }
    // A valid amount is shown without quotes.
    let shown = raw.shown();
    let wrong = |what| Diagnostic::new(format!("{} {what}", shown.trim_matches('"').trim()));
    if text.strip_prefix('-').is_some_and(|rest| amount(rest).is_ok()) {
        return Err(wrong("is negative"));
    }
    match amount(text) {
        Ok(amount) if range.contains(&amount) => Ok(amount),
        Ok(Duration::ZERO) => Err(wrong("is zero")),
        Ok(amount) if amount < *range.start() => Err(wrong("is too short")),
        Ok(_) => Err(wrong("is too long").expected(AT_MOST)),
        Err(DurationError::NumberOverflow) if text.contains('.') => {
            Err(wrong("is not a whole number of nanoseconds"))
        }
        Err(DurationError::NumberOverflow) => Err(wrong("is too long").expected(AT_MOST)),
        Err(DurationError::UnknownUnit { unit, .. }) if unit.is_empty() => {
            Err(Diagnostic::new(format!("{shown} has a number without a unit")).expected(UNITS))
        }
        Err(DurationError::UnknownUnit { unit, .. }) => {
            let units = unit_names().filter(|_| !VAGUE.contains(&&*unit) || unit == "M");
            let meant = nearest(&unit, units).map(|name| text.replacen(&unit, name, 1));
            let found = format!("{shown} has the unknown unit `{unit}`");
            Err(Diagnostic::new(found).expected(UNITS).suggest(meant))
        }
        Err(_) => Err(raw.is_not("a duration")),
    }
}

/// Returns the regular expression of durations.
pub(crate) fn pattern() -> String {
    format!("^{TERMS}$", TERMS = terms_pattern())
}

/// Returns the regular expression of the terms of a duration, with white space around.
pub(super) fn terms_pattern() -> String {
    format!(r"\s*([0-9]+(\.[0-9]+)?\s*({})\s*)+", units_pattern())
}

/// Returns the regular expression of units.
pub(super) fn units_pattern() -> String {
    unit_names().collect::<Vec<_>>().join("|")
}

/// Returns the duration as settings have it, without units of no fixed length.
pub(super) fn written(duration: Duration) -> String {
    const UNITS: [(&str, u128); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1000),
        ("ns", 1),
    ];
    let mut rest = duration.as_nanos();
    let mut terms = Vec::new();
    for (unit, nanos) in UNITS {
        if rest >= nanos {
            terms.push(format!("{}{unit}", rest / nanos));
            rest %= nanos;
        }
    }
    if terms.is_empty() { "0s".to_owned() } else { terms.join(" ") }
}

/// Returns true if `text` is a finite number.
fn is_number(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

/// Returns the diagnostic of a number without a unit. A small number is most likely seconds; a large
/// one may be milliseconds, so that suggesting seconds would be worse than no suggestion.
fn number(text: &str, raw: &Raw<'_>, range: &RangeInclusive<Duration>, quote: &str) -> Diagnostic {
    if text.starts_with('-') {
        return Diagnostic::new(format!("{text} is negative"));
    }
    let meant = format!("{text}s");
    let fits = amount(&meant)
        .is_ok_and(|amount| amount < Duration::from_secs(100) && range.contains(&amount));
    Diagnostic::new(format!("{} has no unit", raw.shown()))
        .suggest(fits.then(|| format!("{quote}{meant}{quote}")))
}

/// Adds up the terms of `text`. humantime gets one at a time: it overflows for a sum whose seconds
/// are full and whose rest makes exactly one more.
pub(in crate::config) fn amount(text: &str) -> Result<Duration, DurationError> {
    terms(text).try_fold(Duration::ZERO, |sum, term| {
        let amount = parse_duration(term)?;
        let unit = term.trim_start_matches(|c: char| !c.is_alphabetic()).trim_end();
        if VAGUE.contains(&unit) {
            let (start, end) = (term.len() - unit.len(), term.len());
            return Err(DurationError::UnknownUnit { start, end, value: 0, unit: unit.to_owned() });
        }
        sum.checked_add(amount).ok_or(DurationError::NumberOverflow)
    })
}

/// Units that humantime takes and that have no fixed length. A capital `M` is most often a slip that
/// would make months of minutes.
const VAGUE: [&str; 7] = ["M", "month", "months", "y", "year", "years", "yr"];

/// Splits `1m 30s` and `1m30s` into `1m` and `30s`: a term begins with a digit after a letter.
fn terms(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut after_letter = false;
        let end = text.char_indices().find_map(|(at, c)| {
            let begins = after_letter && c.is_ascii_digit();
            after_letter = c.is_alphabetic() || (after_letter && c.is_whitespace());
            begins.then_some(at)
        });
        let (term, after) = end.map_or((text, None), |at| (&text[..at], Some(&text[at..])));
        rest = after;
        Some(term)
    })
}

/// All names of units, in the order in which they are suggested.
fn unit_names() -> impl Iterator<Item = &'static str> {
    "ns us ms s m h d w sec min hr day week nanos usec msec millis secs mins hrs days weeks \
     second minute hour seconds minutes hours"
        .split(' ')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_add_up() {
        for (text, seconds) in
            [("1m 30s", 90.0), ("1m30s", 90.0), ("1 m 30 s", 90.0), ("1.5s", 1.5), ("1 0s", 10.0)]
        {
            assert_eq!(amount(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        assert_eq!(amount("18446744073709551615s 1000ms"), Err(DurationError::NumberOverflow));
        assert_eq!(amount(""), Err(DurationError::Empty));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(nanos in any::<u64>()) {
            let text = written(Duration::from_nanos(nanos));
            prop_assert_eq!(amount(&text), Ok(Duration::from_nanos(nanos)));
        }

        #[test]
        fn anything_is_read_or_refused(text in r"([0-9]{1,20}\.?[0-9]{0,3} ?[a-zµ]{0,3} ?){0,4}\PC?") {
            let _ = amount(&text);
        }
    }
}
