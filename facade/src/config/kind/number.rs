use std::fmt::Display;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use figment::value::{Num, Value};

use crate::config::raw::{Raw, integer};
use crate::config::{Section, Setting, Wrong};

impl<'r> Section<'r> {
    /// A count from 1.
    pub(crate) fn count<'s>(&'s self, name: &'s str) -> Setting<'s, NonZeroU32> {
        self.count_to(name, u32::MAX)
    }

    /// A count from 1 to `most`.
    pub(crate) fn count_to<'s>(&'s self, name: &'s str, most: u32) -> Setting<'s, NonZeroU32> {
        self.whole(name, 1..=u64::from(most)).check(|count| {
            let count = u32::try_from(count).ok().and_then(NonZeroU32::new);
            count.ok_or_else(|| Wrong::new("not a count"))
        })
    }

    /// A count from 0.
    pub(crate) fn whole_u32<'s>(&'s self, name: &'s str) -> Setting<'s, u32> {
        self.whole(name, 0..=u64::from(u32::MAX))
            .check(|count| u32::try_from(count).map_err(|_| Wrong::new("too large")))
    }

    /// A whole number within `range`.
    pub(crate) fn whole<'s>(
        &'s self,
        name: &'s str,
        range: RangeInclusive<u64>,
    ) -> Setting<'s, u64> {
        // The largest number of its type is no limit that a person chose.
        let expected = match *range.end() >= u64::from(u32::MAX) {
            true => format!("{} or more", range.start()),
            false => between(&range),
        };
        self.read(name, expected, |raw| {
            let number = whole(raw)?;
            match u64::try_from(number) {
                Ok(number) if range.contains(&number) => Ok(number),
                _ => Err(outside(number, number < 0, number > i128::from(*range.end()), &range)),
            }
        })
    }

    /// A part of a whole, from 0 to 1.
    pub(crate) fn ratio<'s>(&'s self, name: &'s str) -> Setting<'s, f64> {
        self.read(name, "a ratio from 0 to 1", |raw| {
            within(raw, &(0.0..=1.0)).map_err(|wrong| match percent(raw) {
                Some(ratio) => wrong.suggest(Some(ratio)),
                None => wrong,
            })
        })
    }

    /// A number within `range`.
    pub(crate) fn number<'s>(
        &'s self,
        name: &'s str,
        range: RangeInclusive<f64>,
    ) -> Setting<'s, f64> {
        let expected = format!("a number from {}", between(&range));
        self.read(name, expected, |raw| within(raw, &range))
    }
}

fn between(range: &RangeInclusive<impl Display>) -> String {
    format!("{} to {}", range.start(), range.end())
}

fn outside<N: Display>(
    number: impl Display,
    negative: bool,
    large: bool,
    range: &RangeInclusive<N>,
) -> Wrong {
    match (negative, large) {
        (_, true) => Wrong::new(format!("{number} is too large")).expected(between(range)),
        (true, false) => Wrong::new(format!("{number} is negative")),
        (false, false) => Wrong::new(format!("{number} is too small")),
    }
}

fn whole(raw: &Raw<'_>) -> Result<i128, Wrong> {
    let not_whole = || raw.is_not("a whole number");
    match (&*raw.value, raw.text()) {
        (Value::Num(_, number), _) => integer(*number).ok_or_else(|| match number.to_f64() {
            Some(float) if float.fract() == 0.0 && (0.0..1e15).contains(&float) => {
                not_whole().suggest(Some(float.to_string()))
            }
            _ => not_whole(),
        }),
        (_, Some(text)) => match text.trim().parse::<i128>() {
            Ok(number) if raw.from_environment => Ok(number),
            Ok(number) => {
                let found = format!("{} is text, not a whole number", raw.shown());
                Err(Wrong::new(found).suggest((number >= 0).then(|| number.to_string())))
            }
            Err(_) => Err(not_whole()),
        },
        _ => Err(not_whole()),
    }
}

fn within(raw: &Raw<'_>, range: &RangeInclusive<f64>) -> Result<f64, Wrong> {
    let number = match (&*raw.value, raw.text()) {
        (Value::Num(_, number), _) => Some(float(*number)),
        (_, Some(text)) => match text.trim().parse::<f64>() {
            Ok(number) if raw.from_environment => Some(number),
            Ok(number) => {
                let found = format!("{} is text, not a number", raw.shown());
                let fits = range.contains(&number);
                return Err(Wrong::new(found).suggest(fits.then(|| number.to_string())));
            }
            Err(_) => None,
        },
        _ => None,
    };
    match number {
        Some(number) if range.contains(&number) => Ok(number),
        Some(number) if !number.is_nan() => {
            Err(outside(raw.shown(), number < 0.0, number > *range.end(), range))
        }
        _ => Err(raw.is_not("a number")),
    }
}

#[allow(clippy::cast_precision_loss, reason = "settings are not that large")]
fn float(number: Num) -> f64 {
    number.to_f64().or_else(|| Some(integer(number)? as f64)).unwrap_or(f64::INFINITY)
}

/// `50%` and `50` as the ratio that was meant.
fn percent(raw: &Raw<'_>) -> Option<String> {
    let percent = match (&*raw.value, raw.text()) {
        (Value::Num(_, number), _) => float(*number),
        (_, text) => text?.trim().trim_end_matches('%').trim_end().parse().ok()?,
    };
    let ratio = (percent * 100.0).round() / 10_000.0;
    (percent > 1.0 && ratio <= 1.0).then(|| ratio.to_string())
}
