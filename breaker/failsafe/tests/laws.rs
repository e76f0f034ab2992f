//! The laws of circuit breakers, but for those that failsafe cannot keep.

use seawall_breaker_failsafe::{FailsafeBreaker, FailsafeOptions};
use seawall_testkit::breaker::Setup;

fn start(setup: &Setup) -> FailsafeBreaker {
    let options = FailsafeOptions::new("subject").failures(setup.failures);
    FailsafeBreaker::start(&options.reset_after(setup.reset_after)).expect("valid")
}

seawall_testkit::breaker_laws!(
    start,
    table = ("../../docs/backends.md", "failsafe"),
    cannot {
        changing = "its options cannot change",
        forcing = "it cannot be forced open",
        success_forgives_nothing = "failsafe counts failures in a row, so one success forgives all",
        failures_outside_window_do_not_count =
            "failsafe counts failures in a row, however far apart they are",
        open_refuses_until_reset_time = "at the exact end of the time, failsafe still refuses",
        half_open_admits_one_probe = "a half-open failsafe circuit admits every call",
        inconclusive_probe_frees_its_place = "a half-open failsafe circuit admits every call",
        hung_probe_cannot_wedge = "a half-open failsafe circuit admits every call",
        overdue_probe_decides_nothing = "a half-open failsafe circuit admits every call",
        one_thread_probes = "a half-open failsafe circuit admits every call",
    }
);
