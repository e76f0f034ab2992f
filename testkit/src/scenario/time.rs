use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

/// A duration as rows write it, to the nanosecond: `5s`, `30min`, `10ms 1ns`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Time(
    /// The duration.
    pub Duration,
);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = humantime::parse_duration(text);
        time.map(Self).map_err(|error| format!("`{text}` is not a time: {error}"))
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Formats a duration in milliseconds, exactly: `250`, `9.999996`; or `none`.
#[must_use]
pub fn millis(time: Option<Duration>) -> String {
    let Some(time) = time else { return "none".to_owned() };
    let rest = format!("{:06}", time.subsec_nanos() % 1_000_000);
    let text = format!("{}.{rest}", time.as_millis());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_nanosecond() {
        assert_eq!("10ms 1ns".parse(), Ok(Time(Duration::from_nanos(10_000_001))));
        assert_eq!("30min".parse(), Ok(Time(Duration::from_secs(1_800))));
        assert_eq!("0s".parse(), Ok(Time(Duration::ZERO)));
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        for text in
            ["", "5", "ms", "-1s", "soon", "584554530872years 1year", "18446744073709551615s 1s"]
        {
            let error = text.parse::<Time>().unwrap_err();
            assert!(error.starts_with(&format!("`{text}` is not a time: ")), "{error}");
        }
    }

    #[test]
    fn a_time_is_written_in_milliseconds_to_the_nanosecond() {
        assert_eq!(millis(Some(Duration::from_nanos(9_999_996))), "9.999996");
        assert_eq!(millis(Some(Duration::from_millis(60_000))), "60000");
        assert_eq!(millis(Some(Duration::from_micros(100_500))), "100.5");
        assert_eq!(millis(Some(Duration::ZERO)), "0");
        assert_eq!(millis(None), "none");
    }
}
