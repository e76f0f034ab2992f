use std::fmt::Display;
use std::ops::RangeInclusive;

use figment::value::Value;
use serde_json::Value as Json;

use crate::config::raw::{Raw, integer};
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Kind, Rejected, SettingDef};

impl Parse for u32 {
    fn parse(def: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        let (min, max) = match def.kind() {
            Kind::Count { min, max } => (min, max),
            _ => (0, Self::MAX),
        };
        Ok(within(whole(raw)?, min, max)?)
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(*self)
    }
}

/// Returns `number` if it is one from `min` to `max`.
pub(super) fn within(number: i128, min: u32, max: u32) -> Result<u32, Diagnostic> {
    match u32::try_from(number) {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(outside(number, number < 0, number > i128::from(max), &(min..=max))),
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

/// Returns the whole number that the value is.
pub(super) fn whole(raw: &Raw<'_>) -> Result<i128, Diagnostic> {
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
