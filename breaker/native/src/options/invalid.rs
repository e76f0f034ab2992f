use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer};

use super::backoff::Base;
use super::{BreakerOptions, Probes, RateWindow, Ratio};

type Finding = Option<(&'static str, &'static str)>;

pub(super) fn check(options: &BreakerOptions) -> Result<(), InvalidOption> {
    options.name.validate(Component::CircuitBreaker)?;
    let finding = counts(options).or_else(|| times(options)).or_else(|| rules(options));
    match finding {
        Some((option, problem)) => {
            let layer = Layer::new(Component::CircuitBreaker, options.name.clone());
            Err(InvalidOption::new(&layer, option, problem))
        }
        None => Ok(()),
    }
}

fn counts(options: &BreakerOptions) -> Finding {
    let rate_calls = match options.rate_window {
        RateWindow::Calls(calls) => Some(calls),
        RateWindow::Time(_) => None,
    };
    let recent = options.recent_failures;
    let out_of_range = |count: &u32| !(1..=BreakerOptions::MAX_COUNT).contains(count);
    let counts = [
        ("failures", options.failures),
        ("consecutive_failures", options.consecutive_failures),
        ("recent_failures", recent.map(|recent| recent.failures)),
        ("recent_calls", recent.map(|recent| recent.calls)),
        ("hung_calls", options.hung_calls),
        ("rate_calls", rate_calls),
        ("minimum_calls", Some(options.minimum_calls)),
    ];
    let wrong = counts.into_iter().find(|(_, count)| count.as_ref().is_some_and(out_of_range));
    if let Some((option, _)) = wrong {
        return Some((option, "must be between 1 and 1,000,000"));
    }
    if !(1..=Probes::MAX).contains(&options.probes.permits) {
        return Some(("probes", "must be between 1 and 1,000"));
    }
    if recent.is_some_and(|recent| recent.failures > recent.calls) {
        return Some(("recent_failures", "must not be more than the calls they are among"));
    }
    if rate_calls.is_some_and(|calls| calls < options.minimum_calls) && options.has_rates() {
        return Some(("minimum_calls", "must not be more than `rate_calls`"));
    }
    None
}

fn times(options: &BreakerOptions) -> Finding {
    let (reset_after, reset_max) = match &options.reset.base {
        Base::Fixed(wait) => (Some(*wait), None),
        Base::Exponential { first, max } => (Some(*first), Some(*max)),
        Base::Function(_) => (None, None),
    };
    let times = [
        ("window", Some(options.window)),
        ("slow_call", options.slow_call),
        ("reset_after", reset_after),
        ("heal_after", options.heal_after),
        ("probe_lease", Some(options.probes.lease)),
        ("ramp", options.ramp.map(|ramp| ramp.over)),
        ("call_timeout", options.call_timeout),
    ];
    if let Some((option, _)) = times.into_iter().find(|(_, time)| *time == Some(Duration::ZERO)) {
        return Some((option, "must be longer than zero"));
    }
    if reset_max < reset_after && reset_max.is_some() {
        return Some(("reset_max", "must not be shorter than `reset_after`"));
    }
    if matches!(options.rate_window, RateWindow::Time(length) if length.as_nanos() < 10) {
        return Some(("rate_window", "must be 10 ns or longer"));
    }
    None
}

fn rules(options: &BreakerOptions) -> Finding {
    if options.failure_rate == Some(Ratio::ZERO) {
        return Some(("failure_rate", "must be more than zero"));
    }
    if options.slow_call_rate == Some(Ratio::ZERO) {
        return Some(("slow_call_rate", "must be more than zero"));
    }
    let needs_slow = options.slow_call_rate.is_some() || options.hung_calls.is_some();
    if needs_slow && options.slow_call.is_none() {
        return Some(("slow_call", "must be set, as there is a rule about slow calls"));
    }
    None
}
