use std::time::Duration;

use seawall_core::{Component, InvalidOption, Layer};

use super::{Backoff, FailsafeOptions, SuccessRate};

type Finding = Result<(), (&'static str, &'static str)>;

/// Beyond this, failsafe's arithmetic overflows.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

pub(super) fn check(options: &FailsafeOptions) -> Result<(), InvalidOption> {
    options.name.validate(Component::CircuitBreaker)?;
    let finding = counts(options)
        .and_then(|()| reset(&options.reset))
        .and_then(|()| options.success_rate.map_or(Ok(()), |rate| success_rate(&rate)));
    finding.map_err(|(option, problem)| {
        let layer = Layer::new(Component::CircuitBreaker, options.name.clone());
        InvalidOption::new(&layer, option, problem)
    })
}

fn counts(options: &FailsafeOptions) -> Finding {
    match (options.failures, options.success_rate) {
        (Some(0), _) => Err(("failures", "must be 1 or more")),
        (_, Some(SuccessRate { minimum_calls: 0, .. })) => {
            Err(("minimum_calls", "must be 1 or more"))
        }
        _ => Ok(()),
    }
}

fn reset(reset: &Backoff) -> Finding {
    let (first, most) = match *reset {
        Backoff::Fixed(wait) => return longer_than_zero("reset", wait),
        Backoff::Exponential { first, most } | Backoff::Jittered { first, most } => (first, most),
    };
    whole_seconds("reset", first)?;
    whole_seconds("reset", most)?;
    match reset {
        _ if most < first => Err(("reset", "must not have a maximum shorter than its first time")),
        Backoff::Jittered { .. } if first.as_secs() < 2 => {
            Err(("reset", "must have a first time of 2 s or more, since jitter shortens it"))
        }
        _ => Ok(()),
    }
}

fn success_rate(rate: &SuccessRate) -> Finding {
    if !(rate.required > 0.0 && rate.required <= 1.0) {
        return Err(("success_rate", "must be more than 0 and not more than 1"));
    }
    whole_seconds("window", rate.window)
}

fn longer_than_zero(option: &'static str, time: Duration) -> Finding {
    if time.is_zero() { Err((option, "must be longer than zero")) } else { Ok(()) }
}

/// failsafe leaves out what is less than a second; where that leaves nothing, it panics or divides
/// by zero.
fn whole_seconds(option: &'static str, time: Duration) -> Finding {
    if time.is_zero() || time.subsec_nanos() > 0 {
        return Err((option, "must be a whole number of seconds, 1 or more"));
    }
    if time > LONGEST {
        return Err((option, "must not be longer than 100 years"));
    }
    Ok(())
}
