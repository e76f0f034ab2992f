use std::time::Duration;

use seawall_core::Clock;

/// Servers answer in well under a second; a machine that is busy may take its time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks `what` again and again until it is so.
///
/// # Panics
/// If it is not so in time, with `or_else`'s sentence.
pub(crate) fn until(what: impl Fn() -> bool, or_else: impl FnOnce() -> String) {
    let clock = Clock::system();
    let end = clock.now() + PATIENCE;
    while !what() {
        assert!(clock.now() < end, "{}", or_else());
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
