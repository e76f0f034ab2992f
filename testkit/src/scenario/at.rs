use std::fmt;
use std::time::Duration;

use seawall_core::Tick;
use serde::Deserialize;

use super::time::{Time, millis};

/// A time since the zero of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct At(Tick);

/// The written form.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a time is whole milliseconds, or a text with units")]
enum Written {
    Millis(i64),
    Text(String),
}

impl At {
    /// The zero of a row, on the clock: late enough for earlier times to exist, and one day, so
    /// that daily periods begin at zero.
    pub(super) const ZERO: Self = Self(Tick::from_millis(24 * 60 * 60 * 1_000));

    /// Returns the tick of that time.
    pub(super) fn tick(self) -> Tick {
        self.0
    }

    /// Returns the time this long before or after zero.
    fn from_zero(time: Duration, before: bool) -> Option<Self> {
        let (zero, nanos) = (Self::ZERO.0.as_nanos(), u64::try_from(time.as_nanos()).ok()?);
        let at = if before { zero.checked_sub(nanos) } else { zero.checked_add(nanos) };
        at.map(Tick::from_nanos).map(Self)
    }
}

impl TryFrom<Written> for At {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (time, before) = match &written {
            Written::Millis(at) => (Duration::from_millis(at.unsigned_abs()), *at < 0),
            Written::Text(text) => match text.strip_prefix('-') {
                Some(text) => (text.parse::<Time>()?.0, true),
                None => (text.parse::<Time>()?.0, false),
            },
        };
        Self::from_zero(time, before)
            .ok_or_else(|| format!("{written:?} is more than a day before zero, or too late"))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < Self::ZERO.0 { "-" } else { "" };
        let time = self.0.since(Self::ZERO.0).max(Self::ZERO.0.since(self.0));
        write!(f, "{sign}{} ms", millis(Some(time)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<At, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_milliseconds_and_a_text_has_units() {
        for (text, shown) in [
            ("250", "250 ms"),
            ("-200", "-200 ms"),
            ("0", "0 ms"),
            (r#""1500ms 10ns""#, "1500.00001 ms"),
            (r#""-5s""#, "-5000 ms"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), shown);
        }
        assert_eq!(read(r#""1s""#), read("1000"));
        assert_eq!(read("0").unwrap(), At::ZERO);
        assert_eq!(read("-86400000").unwrap().tick(), Tick::ZERO);
    }

    #[test]
    fn what_is_no_such_time_is_an_error() {
        for (text, problem) in [
            ("1.5", "a time is whole milliseconds, or a text with units"),
            (r#""soon""#, "`soon` is not a time: "),
            ("-86400001", "Millis(-86400001) is more than a day before zero, or too late"),
            (r#""600 years""#, "is more than a day before zero, or too late"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
