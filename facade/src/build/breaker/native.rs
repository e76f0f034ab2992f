use std::time::Duration;

use seawall_breaker::{
    Backoff, BreakerOptions, CircuitBreaker, Counts, KeyedBreaker, Probes, Ramp, RateWindow, Ratio,
};
use seawall_core::Driver;

use crate::built::Built;
use crate::config::Section;

mod agree;
mod keys;

pub(in crate::build) fn start(section: &Section<'_>, driver: &Driver) -> Option<Built> {
    let options = recovery(section, rules(section, BreakerOptions::new(section.name())));
    if !agree::check(section) {
        return None;
    }
    if let Some(keys) = keys::keys(section) {
        let breaker = section.accept(KeyedBreaker::start(&options, &keys))?;
        return Some(Built::new(breaker.with_driver(driver.clone())));
    }
    let breaker = section.accept(CircuitBreaker::start(&options))?;
    Some(Built::new(breaker.with_driver(driver.clone())))
}

/// Reads the rules that open a circuit.
fn rules(section: &Section<'_>, mut options: BreakerOptions) -> BreakerOptions {
    let count = |name| {
        let count = section.count_to(name, BreakerOptions::MAX_COUNT);
        count.optional().map(std::num::NonZeroU32::get)
    };
    if let Some(failures) = count("failures") {
        options = options.failures(failures);
    }
    if let Some(window) = section.duration("window").optional() {
        options = options.window(window);
    }
    if let Some(failures) = count("consecutive_failures") {
        options = options.consecutive_failures(failures);
    }
    if let Some((failures, calls)) = count("recent_failures").zip(count("recent_calls")) {
        options = options.recent_failures(failures, calls);
    }
    if let Some(rate) = ratio(section, "failure_rate") {
        options = options.failure_rate(rate);
    }
    if let Some(slow_call) = section.duration("slow_call").optional() {
        options = options.slow_call(slow_call);
    }
    if let Some(rate) = ratio(section, "slow_call_rate") {
        options = options.slow_call_rate(rate);
    }
    if let Some(calls) = count("hung_calls") {
        options = options.hung_calls(calls);
    }
    let window = section.duration("rate_window").optional().map(RateWindow::Time);
    let calls = count("rate_calls").map(RateWindow::Calls);
    if let Some(window) = window.or(calls) {
        options = options.rate_window(window);
    }
    if let Some(calls) = count("minimum_calls") {
        options = options.minimum_calls(calls);
    }
    options
}

/// Reads what closes a circuit, and what calls without a result count as.
fn recovery(section: &Section<'_>, mut options: BreakerOptions) -> BreakerOptions {
    let first = section.duration("reset_after").or(Duration::from_secs(5));
    let max = section.duration("reset_max").optional();
    let jitter = ratio(section, "reset_jitter").unwrap_or(Ratio::percent(0));
    options = match max {
        Some(max) => options.reset(Backoff::exponential(first, max).with_jitter(jitter)),
        None => options.reset_after(first),
    };
    if let Some(heal_after) = section.duration("heal_after").optional() {
        options = options.heal_after(heal_after);
    }
    let permits = section.count_to("probes", Probes::MAX).optional();
    let successes = ratio(section, "probe_successes").unwrap_or(Ratio::ONE);
    options = options.probes(Probes::new(permits.map_or(1, std::num::NonZeroU32::get), successes));
    if let Some(lease) = section.duration("probe_lease").optional() {
        options = options.probe_lease(lease);
    }
    let floor = section.whole("ramp_floor", 0..=1_000_000).or(1);
    if let Some(over) = section.duration("ramp").optional() {
        options = options.ramp(Ramp::new(over, u32::try_from(floor).unwrap_or(u32::MAX)));
    }
    let words = [("nothing", Counts::Nothing), ("failure", Counts::Failure)];
    if let Some(counts) = section.one_of("abandoned", &words).optional() {
        options = options.abandoned(counts);
    }
    if let Some(counts) = section.one_of("panicked", &words).optional() {
        options = options.panicked(counts);
    }
    if let Some(call_timeout) = section.duration("call_timeout").optional() {
        options = options.call_timeout(call_timeout);
    }
    options
}

/// Reads a fraction above zero.
fn ratio(section: &Section<'_>, name: &str) -> Option<Ratio> {
    section.ratio(name).optional().and_then(Ratio::new)
}
