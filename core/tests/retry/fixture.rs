use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::policy::{Budget, BudgetOptions, Jitter, Policy, Retry};
use seawall_core::{Class, Component, Driver, Error, Handle, Stack, Tick, Topic, Verdict};
use seawall_testkit::{ManualClock, Recorder, Scripted};

/// What an operation does: fails with this error, or succeeds.
pub(crate) type Outcome = Result<u8, &'static str>;

/// A named protection with a policy, and all that goes with it.
pub(crate) struct Fixture {
    pub(crate) time: ManualClock,
    pub(crate) recorder: Recorder,
    pub(crate) limiter: Arc<Scripted>,
    pub(crate) breaker: Arc<Scripted>,
    pub(crate) budget: Budget,
    pub(crate) handle: Handle<Stack<Arc<Scripted>>>,
    /// The numbers of the attempts that ran, and their times in milliseconds.
    pub(crate) ran: RefCell<Vec<(u32, u128)>>,
}

/// Three attempts after waits of 25 ms and 50 ms.
pub(crate) const RETRY: Retry = Retry::new().attempts(3).jitter(Jitter::None);

impl Fixture {
    pub(crate) fn new(retry: Retry) -> Self {
        Self::with_budget(retry, &BudgetOptions::new("payments").floor(100.0))
    }

    pub(crate) fn with_budget(retry: Retry, budget: &BudgetOptions) -> Self {
        let recorder = Recorder::new();
        let driver = Driver::new().with_observer(recorder.clone());
        let policy = |budget: &_| Policy::new(budget).with_retry(retry).expect("valid options");
        Self::with(&driver, recorder, budget, policy)
    }

    /// With a driver that perhaps nothing observes, on a clock of its own.
    pub(crate) fn with(
        driver: &Driver,
        recorder: Recorder,
        budget: &BudgetOptions,
        policy: impl FnOnce(&Budget) -> Policy,
    ) -> Self {
        let time = ManualClock::new();
        let driver = driver.clone().with_clock(time.clock());
        let limiter = Arc::new(Scripted::new(Component::RateLimiter, "limiter"));
        let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "breaker"));
        let layers = vec![limiter.clone(), breaker.clone()];
        let budget = Budget::start(budget).expect("valid options");
        let policy = policy(&budget);
        let protection = Stack::new("payments", layers).expect("valid layers");
        let handle = driver.handle(protection).with_policy(policy);
        let ran = RefCell::default();
        Self { time, recorder, limiter, breaker, budget, handle, ran }
    }

    /// Notes that an attempt runs.
    pub(crate) fn note(&self, number: u32) {
        self.ran.borrow_mut().push((number, self.time.now().since(Tick::ZERO).as_millis()));
    }

    /// Runs a call that may be repeated; its attempts end one after the other as `outcomes` says, the last
    /// of which repeats.
    pub(crate) fn run(&self, outcomes: &[Outcome]) -> Result<u8, Error<&'static str>> {
        let call = self.handle.call().idempotent().run_attempts(async |attempt| {
            self.note(attempt.number());
            outcome(outcomes, attempt.number())
        });
        self.time.block_on(call)
    }

    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.ran.borrow().iter().map(|(number, _)| *number).collect()
    }

    pub(crate) fn times(&self) -> Vec<u128> {
        self.ran.borrow().iter().map(|(_, at)| *at).collect()
    }

    /// Returns the readings of the budget: what is left, and what was taken.
    pub(crate) fn balance(&self) -> [u64; 2] {
        let status = self.budget.status(self.time.now());
        ["balance", "withdrawn"].map(|name| status.reading(name).expect("a reading"))
    }

    pub(crate) fn count(&self, topic: Topic) -> usize {
        self.recorder.count(topic)
    }

    #[track_caller]
    pub(crate) fn assert_closed(&self, when: impl std::fmt::Debug) {
        for layer in [&self.limiter, &self.breaker] {
            assert_eq!(layer.counts().in_flight(), 0, "{when:?}");
        }
    }
}

pub(crate) fn outcome(outcomes: &[Outcome], number: u32) -> Outcome {
    let index = usize::try_from(number - 1).expect("small");
    *outcomes.get(index).or(outcomes.last()).expect("not empty")
}

/// Classifies errors by their text.
pub(crate) fn by_text(result: &Outcome) -> Class {
    let second = Duration::from_secs(1);
    match result {
        Ok(_) => Verdict::Success.into(),
        Err("overload") => Class::overload(None),
        Err("overload, 1 s") => Class::overload(Some(second)),
        Err("overload, 2 min") => Class::overload(Some(120 * second)),
        Err("failure, 1 s") => Class::new(Verdict::Failure).with_retry_after(second),
        Err("ignored") => Verdict::Ignored.into(),
        Err("lost a race") => Class::new(Verdict::Ignored).retry(),
        Err("rejected") => Class::new(Verdict::Failure).do_not_retry(),
        Err("connection refused") => Class::never_processed(),
        Err(_) => Verdict::Failure.into(),
    }
}
