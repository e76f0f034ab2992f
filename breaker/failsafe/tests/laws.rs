//! The laws that every circuit breaker keeps, but for those that failsafe's way of counting excludes.

use std::time::Duration;

use seawall_breaker_failsafe::{Backoff, FailsafeBreaker, FailsafeOptions, SuccessRate};
use seawall_testkit::breaker::Setup;

fn options(setup: &Setup) -> FailsafeOptions {
    FailsafeOptions::new("subject")
        .failures(setup.failures)
        .reset_after(setup.reset_after)
        .probe_lease(setup.probe_lease)
}

fn start(setup: &Setup) -> FailsafeBreaker {
    FailsafeBreaker::start(&options(setup)).expect("valid")
}

seawall_testkit::breaker_laws!(
    start,
    readme = include_str!("../README.md"),
    cannot {
        changing = "its options cannot change",
        forcing = "it cannot be forced open",
        success_forgives_nothing = "failsafe counts failures in a row, so one success forgives all",
        failures_outside_window_do_not_count =
            "failsafe counts failures in a row, however far apart they are",
    }
);

/// The same laws while failsafe's average is kept as well, and its clock is set.
mod with_a_success_rate {
    use super::*;

    fn start(setup: &Setup) -> FailsafeBreaker {
        // The laws make fewer calls, so it does not open by the rate.
        let rate = SuccessRate::new(0.5, Duration::from_secs(10)).minimum_calls(u32::MAX);
        FailsafeBreaker::start(&options(setup).success_rate(rate)).expect("valid")
    }

    seawall_testkit::breaker_laws!(
        start,
        cannot {
            changing = "its options cannot change",
        forcing = "it cannot be forced open",
        success_forgives_nothing =
                "failsafe counts failures in a row, so one success forgives all",
            failures_outside_window_do_not_count =
                "failsafe counts failures in a row, however far apart they are",
        }
    );
}

/// The same laws with a backoff that does not grow.
mod with_a_backoff {
    use super::*;

    fn start(setup: &Setup) -> FailsafeBreaker {
        let reset = Backoff::Exponential { first: setup.reset_after, most: setup.reset_after };
        FailsafeBreaker::start(&options(setup).reset(reset)).expect("valid")
    }

    seawall_testkit::breaker_laws!(
        start,
        cannot {
            changing = "its options cannot change",
        forcing = "it cannot be forced open",
        success_forgives_nothing =
                "failsafe counts failures in a row, so one success forgives all",
            failures_outside_window_do_not_count =
                "failsafe counts failures in a row, however far apart they are",
        }
    );
}
