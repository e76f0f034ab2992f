use std::ops::RangeInclusive;
use std::time::Duration;

use figment::value::Value;
use humantime::{DurationError, format_duration, parse_duration};

use crate::config::nearest::nearest;
use crate::config::raw::Raw;
use crate::config::{Diagnostic, Section, Setting};

/// A hundred years. Anything longer is a mistake.
pub(crate) const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

const SHORTEST: Duration = Duration::from_nanos(1);
const UNITS: &str = r#"a duration in ns, us, ms, s, m, h, d or w, like "10s""#;

impl<'r> Section<'r> {
    /// Reads a duration with its unit, longer than zero: `"10s"`, `"1m 30s"`.
    pub(crate) fn duration<'s>(&'s self, name: &'s str) -> Setting<'s, Duration> {
        self.duration_in(name, SHORTEST..=LONGEST)
    }

    /// Reads a duration that may be zero.
    #[cfg(any(feature = "__limiter", feature = "bulkhead"))]
    pub(crate) fn duration_or_zero<'s>(&'s self, name: &'s str) -> Setting<'s, Duration> {
        self.duration_in(name, Duration::ZERO..=LONGEST)
    }

    /// Reads a duration within `range`.
    pub(crate) fn duration_in<'s>(
        &'s self,
        name: &'s str,
        range: RangeInclusive<Duration>,
    ) -> Setting<'s, Duration> {
        self.read(name, expected(&range), |raw| duration(raw, &range))
    }
}

fn expected(range: &RangeInclusive<Duration>) -> String {
    let (least, most) = (format_duration(*range.start()), format_duration(*range.end()));
    match (*range.start() > SHORTEST, *range.end() < LONGEST) {
        (false, false) => r#"a duration like "10s" or "250ms""#.to_owned(),
        (false, true) => format!("a duration of {most} at most"),
        (true, false) => format!("a duration of {least} or more"),
        (true, true) => format!("a duration from {least} to {most}"),
    }
}

fn duration(raw: &Raw<'_>, range: &RangeInclusive<Duration>) -> Result<Duration, Diagnostic> {
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
        Ok(_) => Err(too_long(wrong("is too long"), range)),
        Err(DurationError::NumberOverflow) if text.contains('.') => {
            Err(wrong("is not a whole number of nanoseconds"))
        }
        Err(DurationError::NumberOverflow) => Err(too_long(wrong("is too long"), range)),
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

fn too_long(wrong: Diagnostic, range: &RangeInclusive<Duration>) -> Diagnostic {
    match *range.end() < LONGEST {
        true => wrong,
        false => wrong.expected("a duration of 100 years at most"),
    }
}

/// Adds up the terms of `text`. humantime gets one at a time: it overflows for a sum whose seconds
/// are full and whose rest makes exactly one more.
fn amount(text: &str) -> Result<Duration, DurationError> {
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
        fn what_is_formatted_is_read(nanos in 1..=30 * 86_400_000_000_000_u64) {
            let text = format_duration(Duration::from_nanos(nanos)).to_string();
            prop_assert_eq!(amount(&text), Ok(Duration::from_nanos(nanos)));
        }

        #[test]
        fn anything_is_read_or_refused(text in r"([0-9]{1,20}\.?[0-9]{0,3} ?[a-zµ]{0,3} ?){0,4}\PC?") {
            let _ = amount(&text);
        }
    }
}
