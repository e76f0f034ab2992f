//! A breaker on a clock that is turned by hand.

use std::time::Duration;

use seawall_breaker::{BreakerOptions, BreakerStatus, CircuitBreaker, State, Verdict};
use seawall_core::{Driver, Permit, Refusal};
use seawall_testkit::{ManualClock, Recorder};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MS: Duration = Duration::from_millis(1);

pub(crate) struct Fixture {
    pub(crate) time: ManualClock,
    pub(crate) recorder: Recorder,
    pub(crate) breaker: CircuitBreaker,
}

impl Fixture {
    pub(crate) fn new(options: &BreakerOptions) -> Self {
        let (time, recorder) = (ManualClock::new(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let breaker = CircuitBreaker::start(options).expect("valid").with_driver(driver);
        Self { time, recorder, breaker }
    }

    pub(crate) fn acquire(&self) -> Result<Permit<'_, CircuitBreaker>, Refusal> {
        self.breaker.protect().acquire_blocking()
    }

    #[track_caller]
    pub(crate) fn admitted(&self) -> Permit<'_, CircuitBreaker> {
        self.acquire().expect("admitted")
    }

    /// Is a call let through? It says nothing then.
    pub(crate) fn admits(&self) -> bool {
        self.acquire().map(|permit| permit.settle(Verdict::Ignored)).is_ok()
    }

    #[track_caller]
    pub(crate) fn fail(&self, times: u32) {
        (0..times).for_each(|_| self.admitted().failure());
    }

    #[track_caller]
    pub(crate) fn succeed(&self, times: u32) {
        (0..times).for_each(|_| self.admitted().success());
    }

    /// A call that takes this long and succeeds.
    #[track_caller]
    pub(crate) fn succeed_in(&self, time: Duration) {
        let permit = self.admitted();
        self.time.advance(time);
        permit.success();
    }

    pub(crate) fn wait(&self, time: Duration) {
        self.time.advance(time);
    }

    pub(crate) fn status(&self) -> BreakerStatus {
        self.breaker.status()
    }

    #[track_caller]
    pub(crate) fn assert_state(&self, state: State) {
        assert_eq!(self.status().state, state);
    }

    /// Changes told so far, oldest first: from, to, cause.
    pub(crate) fn changes(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let changes = self.recorder.events().into_iter().filter_map(|event| event.change);
        changes.map(|change| (change.from, change.to, change.cause)).collect()
    }

    #[track_caller]
    pub(crate) fn assert_books_close(&self) {
        let totals = self.status().calls;
        let ended: u64 = Verdict::ALL.iter().map(|verdict| totals.ended(*verdict)).sum();
        assert_eq!(totals.admitted, ended + totals.late, "{totals:?}");
    }
}
