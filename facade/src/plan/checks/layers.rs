//! Layers and pools whose sizes do not go together.

use std::collections::BTreeMap;
use std::time::Duration;

use humantime::format_duration;
use seawall_core::Component;

use super::Finding;
use super::facts::{Facts, Protected};

/// The limit bounds the calls of a circuit if it counts all calls together, or if each key has a circuit.
pub(super) fn rate_limit_feeds_the_breaker(call: &Protected<'_>) -> Option<Finding> {
    call.breakers().find_map(|breaker| {
        let has_rates = breaker.is_set("failure_rate") || breaker.is_set("slow_call_rate");
        let window = breaker.duration("rate_window")?;
        let minimum = breaker.count("minimum_calls")?;
        if !has_rates || breaker.is_set("rate_calls") {
            return None;
        }
        let counts_all = |limit: &Facts<'_>| breaker.flag("per_key") || limit.count("key_parts") == Some(0);
        let limits = call.layers(Component::RateLimiter).filter(counts_all);
        let (limit, calls) = limits.filter_map(|limit| Some((limit, within(&limit, window)?))).min_by_key(|(_, calls)| *calls)?;
        if calls >= minimum {
            return None;
        }
        let window = format_duration(window);
        Some(Finding::error(
            breaker.place("minimum_calls"),
            format!(
                "the breaker `{}` never sees {minimum} calls: the rate limit `{}` lets {calls} through in {window}",
                breaker.name, limit.name
            ),
            format!("{calls} at most, or a longer `rate_window`"),
        ))
    })
}

/// Returns the number of calls that the limit lets through in `window`.
fn within(limit: &Facts<'_>, window: Duration) -> Option<u64> {
    let (count, period) = limit.rate("limit")?;
    let burst = limit.count("burst").unwrap_or(count);
    let refills = window.as_secs_f64() / period.as_secs_f64();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "positive, and saturates"
    )]
    Some(burst + (count as f64 * refills) as u64)
}

/// All protections with the breaker let calls into it.
pub(super) fn calls_can_hang(call: &Protected<'_>) -> Option<Finding> {
    call.breakers().find_map(|breaker| {
        let hung = breaker.count("hung_calls")?;
        let layer = (Component::CircuitBreaker, Box::from(breaker.name));
        let users = call.plan.protections().filter(|planned| planned.layers.contains(&layer));
        let mut bulkheads = BTreeMap::new();
        for planned in users {
            let user = Protected::new(call.plan, planned);
            let narrowest =
                user.layers(Component::Bulkhead).filter_map(size).min_by_key(|(_, max)| *max)?;
            bulkheads.insert(narrowest.0, narrowest.1);
        }
        let max: u64 = bulkheads.values().sum();
        if hung <= max {
            return None;
        }
        let names: Vec<_> = bulkheads.keys().map(|name| format!("`{name}`")).collect();
        let lets = if names.len() == 1 { "bulkhead" } else { "bulkheads" };
        Some(Finding::error(
            breaker.place("hung_calls"),
            format!("{hung} calls can never hang: the {lets} {} let {max} in", names.join(", ")),
            format!("{max} at most"),
        ))
    })
}

fn size(bulkhead: Facts<'_>) -> Option<(String, u64)> {
    Some((bulkhead.name.to_owned(), bulkhead.count("max_concurrent")?))
}

pub(super) fn pool_is_as_large_as_the_bulkhead(call: &Protected<'_>) -> Option<Finding> {
    let (bulkhead, max) =
        call.layers(Component::Bulkhead).filter_map(size).min_by_key(|(_, max)| *max)?;
    call.pools().find_map(|pool| {
        let size = pool.count("max_size")? + pool.count("max_overflow").unwrap_or(0);
        if size >= max {
            return None;
        }
        let waiting = max - size;
        Some(Finding::warning(
            pool.place("max_size"),
            format!(
                "{max} calls of the bulkhead `{bulkhead}` compete for {size} connections: {waiting} wait inside the \
                 breaker, and count as slow calls"
            ),
            format!("{max} or more, or `max_concurrent = {size}` in `[bulkhead.{bulkhead}]`"),
        ))
    })
}

pub(super) fn full_pool_is_seen(call: &Protected<'_>) -> Option<Finding> {
    let longest = call.longest()?;
    call.pools().find_map(|pool| {
        let checkout = pool.duration("checkout_timeout").filter(|checkout| *checkout >= longest)?;
        let [checkout, time] = [checkout, longest].map(format_duration);
        Some(Finding::warning(
            pool.place("checkout_timeout"),
            format!(
                "a full pool shows as a timeout: protection `{}` cuts the call at {time}, the checkout ends at {checkout}",
                call.own().name
            ),
            format!("less than {time}"),
        ))
    })
}
