use std::fmt::Display;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use figment::value::Value;

use crate::config::raw::{Raw, integer};
use crate::config::{Diagnostic, Section, Setting};

impl<'r> Section<'r> {
    /// Reads a count from 1.
    #[cfg(any(
        feature = "breaker-failsafe",
        feature = "__limiter",
        feature = "bulkhead",
        feature = "__pool"
    ))]
    pub(crate) fn count<'s>(&'s self, name: &'s str) -> Setting<'s, NonZeroU32> {
        self.count_to(name, u32::MAX)
    }

    /// Reads a count from 1 to `max`.
    pub(crate) fn count_to<'s>(&'s self, name: &'s str, max: u32) -> Setting<'s, NonZeroU32> {
        self.whole(name, 1..=u64::from(max)).check(|count| {
            let count = u32::try_from(count).ok().and_then(NonZeroU32::new);
            count.ok_or_else(|| Diagnostic::new("not a count"))
        })
    }

    /// Reads a count from 0.
    #[cfg(any(feature = "ratelimit", feature = "__pool"))]
    pub(crate) fn whole_u32<'s>(&'s self, name: &'s str) -> Setting<'s, u32> {
        self.whole(name, 0..=u64::from(u32::MAX))
            .check(|count| u32::try_from(count).map_err(|_| Diagnostic::new("too large")))
    }

    /// Reads a whole number within `range`.
    pub(crate) fn whole<'s>(
        &'s self,
        name: &'s str,
        range: RangeInclusive<u64>,
    ) -> Setting<'s, u64> {
        // The largest number of its type is no limit that a person chose.
        let expected = match *range.end() >= u64::from(u32::MAX) {
            true => format!("{} or more", range.start()),
            false => format!("{} to {}", range.start(), range.end()),
        };
        self.read(name, expected, |raw| {
            let number = whole(raw)?;
            match u64::try_from(number) {
                Ok(number) if range.contains(&number) => Ok(number),
                _ => Err(outside(number, number < 0, number > i128::from(*range.end()), &range)),
            }
        })
    }
}

/// The diagnostic of a number that is not in `range`.
pub(super) fn outside<N: Display>(
    number: impl Display,
    negative: bool,
    large: bool,
    range: &RangeInclusive<N>,
) -> Diagnostic {
    match (negative, large) {
        (_, true) => Diagnostic::new(format!("{number} is too large")).expected(format!(
            "{} to {}",
            range.start(),
            range.end()
        )),
        (true, false) => Diagnostic::new(format!("{number} is negative")),
        (false, false) => Diagnostic::new(format!("{number} is too small")),
    }
}

fn whole(raw: &Raw<'_>) -> Result<i128, Diagnostic> {
    let not_whole = || raw.is_not("a whole number");
    match (&*raw.value, raw.text()) {
        (Value::Num(_, number), _) => integer(*number).ok_or_else(|| match number.to_f64() {
            Some(float) if float.fract() == 0.0 && (0.0..1e15).contains(&float) => {
                not_whole().suggest(Some(float.to_string()))
            }
            _ => not_whole(),
        }),
        (_, Some(text)) => match text.trim().parse::<i128>() {
            Ok(number) if raw.from_environment && number.to_string() == text.trim() => Ok(number),
            Ok(number) if raw.from_environment => {
                Err(not_whole().suggest((number >= 0).then(|| number.to_string())))
            }
            Ok(number) => {
                let found = format!("{} is text, not a whole number", raw.shown());
                Err(Diagnostic::new(found).suggest((number >= 0).then(|| number.to_string())))
            }
            Err(_) => Err(not_whole()),
        },
        _ => Err(not_whole()),
    }
}
