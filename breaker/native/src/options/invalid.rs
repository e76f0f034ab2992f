use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer};

use super::{Backoff, BreakerOptions, Probes, RateWindow};

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
    let calls = match options.rate_window {
        RateWindow::Calls(calls) => Some(calls),
        RateWindow::Time(_) => None,
    };
    let out_of_range = |count: &u32| !(1..=BreakerOptions::MAX_COUNT).contains(count);
    let counts = [
        ("failures", options.failures),
        ("consecutive_failures", options.consecutive_failures),
        ("hung_calls", options.hung_calls),
        ("rate_window", calls),
        ("minimum_calls", Some(options.minimum_calls)),
    ];
    if let Some((option, _)) =
        counts.into_iter().find(|(_, count)| count.as_ref().is_some_and(out_of_range))
    {
        return Some((option, "must be between 1 and 1,000,000"));
    }
    if !(1..=Probes::MAX).contains(&options.probes.permits) {
        return Some(("probes", "must be between 1 and 1,000"));
    }
    if calls.is_some_and(|calls| calls < options.minimum_calls) && options.has_rates() {
        return Some(("minimum_calls", "must not be more than the rate window holds"));
    }
    None
}

fn times(options: &BreakerOptions) -> Finding {
    let reset = match &options.reset {
        Backoff::Fixed(wait) => Some(*wait),
        Backoff::Exponential { first, .. } => Some(*first),
        Backoff::By(_) => None,
    };
    let rate_window = match options.rate_window {
        // A tenth of it has to be a time too.
        RateWindow::Time(length) => Some(length / 10),
        RateWindow::Calls(_) => None,
    };
    let times = [
        ("window", Some(options.window)),
        ("slow_call", options.slow_call),
        ("rate_window", rate_window),
        ("reset_after", reset),
        ("heal_after", options.heal_after),
        ("probe_lease", Some(options.probes.lease)),
        ("ramp", options.ramp.map(|ramp| ramp.over)),
        ("call_timeout", options.call_timeout),
    ];
    let zero = times.into_iter().find(|(_, time)| *time == Some(Duration::ZERO));
    zero.map(|(option, _)| (option, "must be longer than zero"))
}

fn rules(options: &BreakerOptions) -> Finding {
    let zero = |rate: Option<super::Ratio>| rate.is_some_and(super::Ratio::is_zero);
    if zero(options.failure_rate) {
        return Some(("failure_rate", "must be more than zero"));
    }
    if zero(options.slow_call_rate) {
        return Some(("slow_call_rate", "must be more than zero"));
    }
    let needs_slow = options.slow_call_rate.is_some() || options.hung_calls.is_some();
    if needs_slow && options.slow_call.is_none() {
        return Some(("slow_call", "must say what a slow call is, for the rules that count them"));
    }
    if let Backoff::Exponential { first, most, .. } = &options.reset
        && most < first
    {
        return Some(("reset", "must not have its longest time shorter than its first"));
    }
    None
}
