//! Times that do not go together.

use std::time::Duration;

use humantime::format_duration;
use seawall_core::Component;
use seawall_core::policy::{Backoff, Jitter, Retry};

use super::Finding;
use super::facts::{Facts, Protected};

/// A timeout by quantile grows up to its maximum.
pub(super) fn longest_timeout_within_deadline(call: &Protected<'_>) -> Option<Finding> {
    let (timeout, deadline) = (call.planned.policy.as_ref()?.timeout?, call.deadline()?);
    if timeout.max <= deadline {
        return None;
    }
    let [max, end] = [timeout.max, deadline].map(format_duration);
    Some(Finding::error(
        call.own().place("timeout"),
        format!("it may grow to {max}, past the `deadline` of {end}"),
        format!("bounds like \"(100ms..{end})\" behind the quantile"),
    ))
}

pub(super) fn all_attempts_fit(call: &Protected<'_>) -> Option<Finding> {
    let retry = call.planned.policy.as_ref()?.retry;
    let (timeout, deadline) = (call.timeout()?, call.deadline()?);
    let fits =
        (1..=retry.attempts).take_while(|attempts| needs(&retry, *attempts, timeout) <= deadline);
    let fits = u32::try_from(fits.count()).unwrap_or(u32::MAX);
    if fits >= retry.attempts || fits == 0 {
        return None;
    }
    let attempts = retry.attempts;
    let [timeout, end] = [timeout, deadline].map(format_duration);
    let fit = if fits == 1 { "fits" } else { "fit" };
    Some(Finding::warning(
        call.own().place("attempts"),
        format!(
            "only {fits} of {attempts} attempts {fit}: {attempts} × {timeout} and the waits between them are more than the \
             `deadline` of {end}"
        ),
        format!("a shorter `timeout`, a longer `deadline`, or {fits} attempts at most"),
    ))
}

/// Returns the least time of that number of attempts, all of which are cut.
fn needs(retry: &Retry, attempts: u32, timeout: Duration) -> Duration {
    const LEAST: Duration = Duration::from_millis(1);
    let wait = |number: u32| match (retry.backoff, retry.jitter) {
        (Backoff::Decorrelated, _) => retry.base,
        (_, Jitter::Full) => LEAST,
        (Backoff::Fixed, _) => retry.base,
        _ => retry.base.saturating_mul(1 << number.saturating_sub(2).min(31)).min(retry.max),
    };
    let waits: Duration = (2..=attempts).map(wait).sum();
    timeout.saturating_mul(attempts) + waits
}

pub(super) fn rates_see_whole_calls(call: &Protected<'_>) -> Option<Finding> {
    let longest = call.longest()?;
    call.breakers().find_map(|breaker| {
        let has_rates = breaker.is_set("failure_rate") || breaker.is_set("slow_call_rate");
        let window = breaker.duration("rate_window")?;
        if !has_rates || breaker.is_set("rate_calls") || window >= 2 * longest {
            return None;
        }
        let [time, shown, least] = [longest, window, 2 * longest].map(format_duration);
        Some(Finding::error(
            breaker.place("rate_window"),
            format!(
                "a call under protection `{}` may take {time}, so more than half of a window of {shown} is calls \
                 that began before it",
                call.own().name
            ),
            format!("{least} or more"),
        ))
    })
}

pub(super) fn circuit_waits_for_old_calls(call: &Protected<'_>) -> Option<Finding> {
    let longest = call.timeout()?;
    call.breakers().find_map(|breaker| {
        let reset = breaker.duration("reset_after").filter(|reset| *reset < longest)?;
        let [reset, time] = [reset, longest].map(format_duration);
        Some(Finding::warning(
            breaker.place("reset_after"),
            format!(
                "the circuit is probed after {reset}, while calls of before it opened may run for {time} under \
                 protection `{}`",
                call.own().name
            ),
            format!("{time} or more"),
        ))
    })
}

pub(super) fn probes_may_answer(call: &Protected<'_>) -> Option<Finding> {
    let longest = call.timeout()?;
    call.breakers().find_map(|breaker| {
        let lease = breaker.duration("probe_lease").filter(|lease| *lease < longest)?;
        let [lease, time] = [lease, longest].map(format_duration);
        Some(Finding::error(
            breaker.place("probe_lease"),
            format!(
                "a probe is taken for lost after {lease}, and may answer until {time} under protection `{}`",
                call.own().name
            ),
            format!("{time} or more"),
        ))
    })
}

pub(super) fn slow_calls_are_seen(call: &Protected<'_>) -> Option<Finding> {
    let longest = call.longest()?;
    call.breakers().find_map(|breaker| {
        let slow = breaker.duration("slow_call")?;
        // A call that is cut as it becomes slow is slow, but does not hang.
        let is_seen = match breaker.is_set("slow_call_rate") {
            true => slow <= longest,
            false => slow < longest,
        };
        if is_seen {
            return None;
        }
        let [slow, time] = [slow, longest].map(format_duration);
        Some(Finding::error(
            breaker.place("slow_call"),
            format!(
                "no call is ever slow: under protection `{}` it is cut at {time}, before it has taken {slow}",
                call.own().name
            ),
            format!("less than {time}"),
        ))
    })
}

pub(super) fn waits_leave_time(call: &Protected<'_>) -> Option<Finding> {
    let deadline = call.deadline()?;
    let waiting = [Component::Bulkhead, Component::RateLimiter];
    let mut layers = waiting.into_iter().flat_map(|component| call.layers(component));
    layers.find_map(|layer: Facts<'_>| {
        let wait = layer.duration("max_wait").filter(|wait| *wait >= deadline)?;
        let [wait, end] = [wait, deadline].map(format_duration);
        Some(Finding::error(
            layer.place("max_wait"),
            format!(
                "a call that waits {wait} has used up its `deadline` of {end} under protection `{}`",
                call.own().name
            ),
            format!("less than {end}"),
        ))
    })
}

pub(super) fn asked_waits_fit(call: &Protected<'_>) -> Option<Finding> {
    let (own, deadline) = (call.own(), call.deadline()?);
    let max = own.duration("retry_after_max").filter(|max| *max > deadline)?;
    if !own.is_set("retry_after_max") || own.is_preset("retry_after_max") {
        return None;
    }
    let [max, end] = [max, deadline].map(format_duration);
    Some(Finding::warning(
        own.place("retry_after_max"),
        format!(
            "a `Retry-After` of {max} is never waited for: the `deadline` of {end} comes before"
        ),
        format!("{end} at most"),
    ))
}
