use std::time::Duration;

use seawall_core::{InvalidOption, Name};

mod backoff;
mod counts;
mod invalid;
mod probes;
mod ramp;
mod ratio;
mod recent;
mod setters;
mod window;

pub use self::backoff::Backoff;
pub use self::counts::Counts;
pub use self::probes::Probes;
pub use self::ramp::Ramp;
pub use self::ratio::Ratio;
pub(crate) use self::recent::RecentFailures;
pub use self::window::RateWindow;

/// The options of a circuit breaker.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `failures` | 5, if there is no other rule | number of failures within `window` that open the circuit |
/// | `window` | 10 s | how long a failure counts for `failures` |
/// | `consecutive_failures` | none | number of failures in a row that open it, however far apart |
/// | `recent_failures` | none | number of failures among the last calls that open it: 3 of the last 5 |
/// | `failure_rate` | none | fraction of the calls in `rate_window` that open it by failing |
/// | `slow_call` | none | a call that takes this long or longer is slow |
/// | `slow_call_rate` | none | fraction of the calls in `rate_window` that open it by being slow |
/// | `hung_calls` | none | number of calls in flight for longer than `slow_call` that open it |
/// | `rate_window` | the last 10 s | the calls that rates are taken over |
/// | `minimum_calls` | 20 | with fewer calls in `rate_window`, rates open nothing |
/// | `reset` | 5 s | how long the circuit stays open before it is probed |
/// | `heal_after` | never | time after which an open circuit closes without a probe |
/// | `probes` | 1, which must succeed, 30 s | the calls that a half-open circuit admits |
/// | `ramp` | none | how traffic rises after the probes |
/// | `overload` | `Counts::Failure` | what an answer that the service is overloaded counts as |
/// | `abandoned` | `Counts::Nothing` | what a call counts as whose caller went away |
/// | `panicked` | `Counts::Failure` | what a call counts as that panicked |
/// | `call_timeout` | none | timeout of calls that set none |
///
/// Besides, an answer that is classified as [`Class::overload`](crate::Class::overload) with a time above
/// zero opens the circuit for that time, up to a minute, unless overload counts as nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakerOptions {
    pub(crate) name: Name,
    pub(crate) failures: Option<u32>,
    pub(crate) window: Duration,
    pub(crate) consecutive_failures: Option<u32>,
    pub(crate) recent_failures: Option<RecentFailures>,
    pub(crate) failure_rate: Option<Ratio>,
    pub(crate) slow_call: Option<Duration>,
    pub(crate) slow_call_rate: Option<Ratio>,
    pub(crate) hung_calls: Option<u32>,
    pub(crate) rate_window: RateWindow,
    pub(crate) minimum_calls: u32,
    pub(crate) reset: Backoff,
    pub(crate) heal_after: Option<Duration>,
    pub(crate) probes: Probes,
    pub(crate) ramp: Option<Ramp>,
    pub(crate) overload: Counts,
    pub(crate) abandoned: Counts,
    pub(crate) panicked: Counts,
    pub(crate) call_timeout: Option<Duration>,
}

impl BreakerOptions {
    /// The maximum number of calls or failures that a rule counts.
    pub const MAX_COUNT: u32 = 1_000_000;

    /// Creates the default options of a breaker called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            failures: None,
            window: Duration::from_secs(10),
            consecutive_failures: None,
            recent_failures: None,
            failure_rate: None,
            slow_call: None,
            slow_call_rate: None,
            hung_calls: None,
            rate_window: RateWindow::Time(Duration::from_secs(10)),
            minimum_calls: 20,
            reset: Backoff::fixed(Backoff::DEFAULT),
            heal_after: None,
            probes: Probes::default(),
            ramp: None,
            overload: Counts::Failure,
            abandoned: Counts::Nothing,
            panicked: Counts::Failure,
            call_timeout: None,
        }
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns the number of failures within the window that open the circuit, if there is that rule:
    /// by default, if there is no other.
    pub(crate) fn failure_limit(&self) -> Option<u32> {
        let has_other = self.consecutive_failures.is_some()
            || self.recent_failures.is_some()
            || self.hung_calls.is_some()
            || self.has_rates();
        self.failures.or((!has_other).then_some(5))
    }

    pub(crate) fn has_rates(&self) -> bool {
        self.failure_rate.is_some() || self.slow_call_rate.is_some()
    }

    /// Checks all options, as starting a breaker does.
    ///
    /// # Errors
    /// Returns the first option that is out of its range, or contradicts another.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        invalid::check(self)
    }
}
