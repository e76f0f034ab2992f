use http::header::{HeaderMap, HeaderName, HeaderValue};
use seawall_core::KeyStatus;

/// Adds `RateLimit` and `RateLimit-Policy` for the rule called `rule` to `headers`, and `Retry-After` if the
/// call was denied and may be admitted later.
///
/// The first two are lists: a rule is added to those that are there.
pub fn rate_limit_headers(headers: &mut HeaderMap, rule: &str, status: &KeyStatus) {
    for (name, value) in status.headers(rule).iter() {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        let Ok(value) = HeaderValue::try_from(value) else { continue };
        if name == http::header::RETRY_AFTER {
            headers.insert(name, value);
        } else {
            headers.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use seawall_core::Tick;

    use super::*;

    #[test]
    fn several_rules_are_one_list() {
        let mut headers = HeaderMap::new();
        let full = KeyStatus::full(Tick::ZERO, 100, Duration::from_secs(60));
        let wait = Duration::from_secs(3);
        rate_limit_headers(&mut headers, "all", &full);
        rate_limit_headers(
            &mut headers,
            "user\n",
            &full.with_remaining(0, wait).denied(Some(wait)),
        );
        let all = |name| headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(all("ratelimit"), ["\"all\";r=100", "\"user?\";r=0;t=3"]);
        assert_eq!(all("ratelimit-policy"), ["\"all\";q=100;w=60", "\"user?\";q=100;w=60"]);
        assert_eq!(all("retry-after"), ["3"]);
    }
}
