use std::time::Duration;

use http::{HeaderMap, HeaderValue};

const HEADER: &str = "grpc-timeout";

/// Returns the time that a request has by `grpc-timeout`: at most eight digits and a unit, `H`, `M`, `S`, `m`,
/// `u` or `n`. `None` if it has no such header, or one that is not well-formed.
#[must_use]
pub fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(value * 3600),
        "M" => Duration::from_secs(value * 60),
        "S" => Duration::from_secs(value),
        "m" => Duration::from_millis(value),
        "u" => Duration::from_micros(value),
        "n" => Duration::from_nanos(value),
        _ => return None,
    })
}

/// Writes `left` as `grpc-timeout`, in the finest unit that takes at most eight digits, rounded down.
pub(crate) fn set_grpc_timeout(headers: &mut HeaderMap, left: Duration) {
    const MAX: u128 = 99_999_999;
    let units = [
        (left.as_nanos(), 'n'),
        (left.as_micros(), 'u'),
        (left.as_millis(), 'm'),
        (left.as_secs().into(), 'S'),
        ((left.as_secs() / 60).into(), 'M'),
        ((left.as_secs() / 3600).into(), 'H'),
    ];
    let fits = units.into_iter().find(|(value, _)| *value <= MAX);
    let (value, unit) = fits.unwrap_or((MAX, 'H'));
    if let Ok(value) = HeaderValue::try_from(format!("{value}{unit}")) {
        headers.insert(HEADER, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_str(text).expect("a header value"));
        grpc_timeout(&headers)
    }

    #[test]
    fn each_unit_is_read_and_others_say_nothing() {
        assert_eq!(parsed("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(parsed("3M"), Some(Duration::from_secs(180)));
        assert_eq!(parsed("99999999S"), Some(Duration::from_secs(99_999_999)));
        assert_eq!(parsed("82m"), Some(Duration::from_millis(82)));
        assert_eq!(parsed("7u"), Some(Duration::from_micros(7)));
        assert_eq!(parsed("0n"), Some(Duration::ZERO));
        for text in ["", "S", "1", "123456789S", "-1S", "+1S", "1.5S", "1 S", "1s", "1\u{e9}"] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert_eq!(grpc_timeout(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_written_is_read_as_the_same_or_a_little_less() {
        let times = [0, 1, 99_999_999, 100_000_000, 1_234_567_890_123, u64::MAX];
        for left in times.map(Duration::from_nanos).into_iter().chain([Duration::MAX]) {
            let mut headers = HeaderMap::new();
            set_grpc_timeout(&mut headers, left);
            let read = grpc_timeout(&headers).expect("well-formed");
            assert!(read <= left, "{left:?}: {read:?}");
            let lost = left - read;
            assert!(left == Duration::MAX || lost <= left / 100_000, "{left:?}: {read:?}");
        }
    }
}
