//! Short texts from settings, headers and URLs: each is taken or refused, and nothing panics.

#![no_main]

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use seawall::{ConfigSource, Infrastructure};
use seawall_core::Key;
use seawall_http::{ClientIp, retry_after};
use seawall_pool_managers::{Postgres, Redis};
use seawall_tonic::grpc_timeout;
use serde_json::Value;

fuzz_target!(|texts: (u8, &str, &str)| {
    let (kind, one, two) = texts;
    match kind % 8 {
        0 => setting("breaker.a.window", one),
        1 => setting("rate_limit.a.limit", one),
        2 => setting("protection.a.timeout", one),
        3 => setting("protection.a.hedge", one),
        4 => waits(one, two),
        5 => addresses(one, two),
        6 => urls(one),
        _ => keys(one, two),
    }
});

/// A duration, a rate or a quantile: what is shown of it can be written into the settings again.
fn setting(path: &str, text: &str) {
    let plan = |text: &str| {
        let config = ConfigSource::new().set(path, text);
        let plan = Infrastructure::builder().config(config).plan().ok()?;
        let shown = serde_json::to_value(&plan).expect("a plan serializes");
        find(&shown, path.rsplit('.').next()?)
    };
    if let Some(shown) = plan(text) {
        assert_eq!(plan(&shown), Some(shown.clone()), "{text:?} became {shown:?}");
    }
}

/// Returns the text of a setting, wherever it is in the description of a plan.
fn find(shown: &Value, name: &str) -> Option<String> {
    match shown {
        Value::Object(fields) => match fields.get(name) {
            Some(setting) => setting.get("value").unwrap_or(setting).as_str().map(str::to_owned),
            None => fields.values().find_map(|value| find(value, name)),
        },
        Value::Array(values) => values.iter().find_map(|value| find(value, name)),
        _ => None,
    }
}

fn waits(one: &str, two: &str) {
    let headers = headers(&[("retry-after", one), ("date", two), ("grpc-timeout", one)]);
    let longest = Duration::from_secs(u64::from(u32::MAX) * 3600);
    assert!(retry_after(&headers).is_none_or(|wait| wait <= longest));
    assert!(
        grpc_timeout(&headers).is_none_or(|wait| wait <= Duration::from_secs(99_999_999 * 3600))
    );
}

fn addresses(one: &str, two: &str) {
    let (trusted, other) = (["10.0.0.0/8"], [192, 0, 2, 1].into());
    let headers = headers(&[("x-forwarded-for", one), ("x-forwarded-for", two)]);
    let clients = ClientIp::trusting(trusted).expect("a network");
    assert_eq!(clients.of(other, &headers).to_string(), "192.0.2.1", "its headers are not trusted");
    let _client = clients.of([10, 0, 0, 1].into(), &headers);
    let _network = ClientIp::trusting([one]);
}

fn urls(text: &str) {
    let (postgres, redis) = (Postgres::from_url(text), Redis::from_url(text));
    for error in [postgres.err(), redis.err()].into_iter().flatten() {
        assert!(text.len() < 30 || !error.to_string().contains(text), "it may have a password");
    }
}

/// Two keys have the same bytes only if they are the same.
fn keys(one: &str, two: &str) {
    let bytes = |one: &str, two: &str| Key::new(&(one, two)).to_bytes();
    let both = format!("{one}{two}");
    for at in (0..=both.len()).filter(|at| both.is_char_boundary(*at)) {
        let (first, second) = both.split_at(at);
        assert_eq!(bytes(one, two) == bytes(first, second), at == one.len());
    }
    let _shown = Key::new(&(one, two)).reveal();
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let valid = lines.iter().filter_map(|(name, text)| {
        Some((HeaderName::from_static(name), HeaderValue::from_bytes(text.as_bytes()).ok()?))
    });
    let mut headers = HeaderMap::new();
    valid.for_each(|(name, value)| _ = headers.append(name, value));
    headers
}
