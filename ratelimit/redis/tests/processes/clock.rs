//! The clock that all processes of a machine share, in nanoseconds.

use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    let part = |n: i64| u64::try_from(n).expect("it starts at zero");
    part(time.tv_sec) * 1_000_000_000 + part(time.tv_nsec)
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).expect("short")
}

/// Waits until the clock shows `time`.
pub(crate) fn wait_until(time: u64) {
    while let Some(left @ 1..) = time.checked_sub(now()) {
        thread::park_timeout(Duration::from_nanos(left));
    }
}
