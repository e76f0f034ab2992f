use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// The longest time that is believed.
const MAX: Duration = Duration::from_secs(3600);

/// Returns how long a response asks its client to wait by `Retry-After` (RFC 9110, section 10.2.3), at most
/// an hour.
///
/// The header has seconds or a date. A date is compared with the response's own `Date`, since the clocks of
/// client and server may differ; without that header it says nothing. `None` also if the header is missing
/// or not well-formed. A date that has passed is zero.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a very long time.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date: SystemTime = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(until.duration_since(date).unwrap_or(Duration::ZERO).min(MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(retry_after: &str, date: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(retry_after).expect("a header value"));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).expect("a header value"));
        }
        headers
    }

    fn seconds(text: &str, date: Option<&str>) -> Option<u64> {
        retry_after(&headers(text, date)).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_all_three_forms_of_dates_are_read() {
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(seconds("120", None), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(60));
        assert_eq!(seconds("Sunday, 06-Nov-94 08:50:37 GMT", now), Some(60));
        assert_eq!(seconds("Sun Nov  6 08:50:37 1994", now), Some(60));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(0));
    }

    #[test]
    fn long_times_are_cut_and_others_say_nothing() {
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(seconds("99999999999999999999999", None), Some(3600));
        assert_eq!(seconds("Fri, 31 Dec 2100 23:59:59 GMT", now), Some(3600));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:37 GMT", None), None);
        for text in ["", "-1", "1.5", "soon", "1 s", "+5"] {
            assert_eq!(seconds(text, now), None, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn no_header_panics(text in "[ -~]{0,40}", date in "[ -~]{0,40}") {
            let wait = retry_after(&headers(&text, Some(&date)));
            prop_assert!(wait.is_none_or(|wait| wait <= MAX));
        }
    }
}
