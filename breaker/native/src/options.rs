use std::time::Duration;

use seawall_core::{InvalidOption, Name};

mod backoff;
mod counts;
mod invalid;
mod probes;
mod ramp;
mod ratio;
mod setters;
mod window;

pub use self::backoff::Backoff;
pub use self::counts::Counts;
pub use self::probes::Probes;
pub use self::ramp::Ramp;
pub use self::ratio::Ratio;
pub use self::window::RateWindow;

/// What a circuit breaker is started from.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `failures` | 5, if there is no other rule | so many failures within `window` open the circuit: the fifth does |
/// | `window` | 10 s | how long a failure counts for that |
/// | `consecutive_failures` | none | so many failures in a row open it, however far apart |
/// | `failure_rate` | none | such a part of the calls in `rate_window` failing opens it |
/// | `slow_call` | none | a call that takes as long or longer is slow |
/// | `slow_call_rate` | none | such a part of the calls in `rate_window` being slow opens it |
/// | `hung_calls` | none | so many calls under way for longer than `slow_call` open it |
/// | `rate_window` | the last 10 s | the calls that rates are taken over |
/// | `minimum_calls` | 20 | below so many calls in `rate_window`, rates are not known |
/// | `reset` | 5 s | how long the circuit stays open before it is probed |
/// | `heal_after` | never | when an open circuit closes without a probe |
/// | `probes` | 1, all of which must succeed, 30 s each | how it is found out whether it may close |
/// | `ramp` | none | how traffic rises after that |
/// | `abandoned` | `Counts::Nothing` | what a call counts as whose caller went away |
/// | `panicked` | `Counts::Failure` | what a call counts as that panicked |
/// | `call_timeout` | none | how long a call may take, where the caller does not say |
///
/// Besides, an answer that a classifier calls [`Class::overload`](crate::Class::overload) with a time
/// opens the circuit for that time, a minute at the most.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakerOptions {
    pub(crate) name: Name,
    pub(crate) failures: Option<u32>,
    pub(crate) window: Duration,
    pub(crate) consecutive_failures: Option<u32>,
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
    pub(crate) abandoned: Counts,
    pub(crate) panicked: Counts,
    pub(crate) call_timeout: Option<Duration>,
}

impl BreakerOptions {
    /// The most calls that a rule counts one by one.
    pub const MAX_COUNT: u32 = 1_000_000;

    /// The defaults, for a breaker called `name`.
    #[must_use]
    pub fn new(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            failures: None,
            window: Duration::from_secs(10),
            consecutive_failures: None,
            failure_rate: None,
            slow_call: None,
            slow_call_rate: None,
            hung_calls: None,
            rate_window: RateWindow::Time(Duration::from_secs(10)),
            minimum_calls: 20,
            reset: Backoff::Fixed(Backoff::DEFAULT),
            heal_after: None,
            probes: Probes::default(),
            ramp: None,
            abandoned: Counts::Nothing,
            panicked: Counts::Failure,
            call_timeout: None,
        }
    }

    /// Failures within the window that open the circuit: what was said, or the default if no other
    /// rule was given.
    pub(crate) fn failure_limit(&self) -> Option<u32> {
        let other = self.consecutive_failures.is_some()
            || self.failure_rate.is_some()
            || self.slow_call_rate.is_some()
            || self.hung_calls.is_some();
        self.failures.or((!other).then_some(5))
    }

    pub(crate) fn has_rates(&self) -> bool {
        self.failure_rate.is_some() || self.slow_call_rate.is_some()
    }

    /// Reads what is wrong, if anything is.
    pub(crate) fn validate(&self) -> Result<(), InvalidOption> {
        invalid::check(self)
    }
}
