use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Driver, Entry, Exit, Key, KeyStatus, Limiter, Refusal, RefusalKind, Status,
    Tick, Token, Verdict,
};

use super::{Bound, Claim, Handles, Setup, Subject};
use crate::ManualClock;
pub(super) use crate::law::{BEGIN, MOMENT, read};

/// The key of a call, by its number, or none.
pub(super) type CallKey = Option<u64>;

/// Without a key, and with one.
pub(super) const BOTH: [CallKey; 2] = [None, Some(0)];

/// One rate limiter with a clock of its own.
pub(super) struct Fixture {
    handles: Handles,
    by_clone: AtomicBool,
    pub(super) setup: Setup,
    pub(super) bound: Bound,
    pub(super) clock: ManualClock,
    pub(super) driver: Driver,
}

impl Fixture {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        Self::with(subject, subject.claim.setup)
    }

    pub(super) fn with(subject: &Subject<'_>, setup: Setup) -> Self {
        Self::at(subject, setup, BEGIN)
    }

    pub(super) fn at(subject: &Subject<'_>, setup: Setup, begin: Tick) -> Self {
        let handles = subject.start(&setup);
        let clock = handles.clock.clone().unwrap_or_default();
        clock.advance_to(begin);
        Self {
            handles,
            by_clone: AtomicBool::new(false),
            setup,
            bound: subject.claim.bound,
            driver: Driver::new().with_clock(clock.clock()),
            clock,
        }
    }

    /// Two that start alike: what happens to only one of them makes the difference.
    pub(super) fn twins(subject: &Subject<'_>) -> [Self; 2] {
        [Self::new(subject), Self::new(subject)]
    }

    /// Two that start alike, where several calls can wait.
    pub(super) fn twins_for_waiters(subject: &Subject<'_>) -> [Self; 2] {
        let Claim { bound, setup } = subject.claim;
        let setup = match bound.is_paced() {
            // The waiters of a leaky bucket have to fit into it.
            true => Setup { burst: 40, ..setup },
            false => setup,
        };
        [Self::with(subject, setup), Self::with(subject, setup)]
    }

    pub(super) fn backend(&self) -> &Arc<dyn Backend> {
        &self.handles.backend
    }

    /// Returns the limiter with all that it can do.
    pub(super) fn limiter(&self) -> &Arc<dyn Limiter> {
        let Some(limiter) = &self.handles.limiter else {
            panic!("this law needs a `Limiter`; one that only admits calls must declare it")
        };
        limiter
    }

    /// Returns true if the limiter can only admit calls, and so cannot be peeked at.
    pub(super) fn admits_only(&self) -> bool {
        self.handles.limiter.is_none()
    }

    /// Makes later calls use the other handle.
    pub(super) fn switch_handle(&self) {
        self.by_clone.fetch_not(Ordering::Relaxed);
    }

    /// Changes the limit and the burst while the limiter is running.
    pub(super) fn set_rule(&self, setup: &Setup) {
        let Some(set_rule) = &self.handles.set_rule else {
            panic!(
                "this law changes the rule: pass `set_rule = |limiter, setup, clock| …` to \
                 `limiter_laws!`, or declare the group `changing` with the reason"
            )
        };
        set_rule(setup, self.driver.clock());
    }

    pub(super) fn now(&self) -> Tick {
        self.clock.now()
    }

    /// Lets time pass. Calls that wait in a queue are polled only by the queue.
    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The time in which one token flows in, rounded down.
    pub(super) fn token(&self) -> Duration {
        self.setup.period / self.setup.limit
    }

    /// Lets enough time pass for the limit to be whole again, whatever was spent.
    pub(super) fn pass_until_full(&self) {
        let periods = self.all() / u64::from(self.setup.limit) + 2;
        self.pass(self.setup.period * u32::try_from(periods).unwrap_or(u32::MAX));
    }

    /// The tokens of an unused key.
    pub(super) fn all(&self) -> u64 {
        self.bound.at_once(&self.setup)
    }

    /// The same, as a cost.
    pub(super) fn all_as_cost(&self) -> u32 {
        u32::try_from(self.all()).expect("no more than a call can cost")
    }

    /// Passes a call to `ask`.
    pub(super) fn with_call<T>(
        &self,
        (key, cost): (CallKey, u32),
        now: Tick,
        ask: impl FnOnce(&Call<'_>) -> T,
    ) -> T {
        let parts = ("key", key.unwrap_or_default());
        let call = Call::at(now).with_cost(NonZeroU32::new(cost).expect("a cost"));
        match key {
            Some(_) => ask(&call.with_key(Key::new(&parts))),
            None => ask(&call),
        }
    }

    pub(super) fn ask_at(&self, now: Tick, key: CallKey, cost: u32) -> Result<Token, Refusal> {
        let Handles { backend, clone, .. } = &self.handles;
        let backend = if self.by_clone.load(Ordering::Relaxed) { clone } else { backend };
        self.with_call((key, cost), now, |call| match backend.enter(call) {
            Entry::Go(token) => Ok(token),
            Entry::GoAt(token, _) if self.bound.is_paced() => Ok(token),
            Entry::Refuse(refusal) => Err(refusal),
            other => panic!(
                "a call that sets no `max_wait`, under a rule whose `max_wait` is zero, must be \
                 answered `Go` or `Refuse`; the answer is {other:?}"
            ),
        })
    }

    /// Returns true if the answer admits a call.
    pub(super) fn admits(&self, entry: &Entry) -> bool {
        matches!(entry, Entry::Go(_)) || (self.bound.is_paced() && matches!(entry, Entry::GoAt(..)))
    }

    pub(super) fn ask(&self, key: CallKey, cost: u32) -> Result<Token, Refusal> {
        self.ask_at(self.now(), key, cost)
    }

    /// Asks for a call that has to be admitted.
    #[track_caller]
    pub(super) fn admitted(&self, key: CallKey, cost: u32, why: &str) -> Token {
        match self.ask(key, cost) {
            Ok(token) => token,
            Err(refusal) => {
                panic!("a call of cost {cost} must be admitted, since {why}; but: {refusal}")
            }
        }
    }

    /// Asks for a call that has to be refused because too few tokens are left.
    #[track_caller]
    pub(super) fn refused(&self, key: CallKey, cost: u32, why: &str) -> Refusal {
        match self.ask(key, cost) {
            Ok(_) => panic!("a call of cost {cost} must be refused, since {why}; but it went"),
            Err(refusal) => {
                let expected = RefusalKind::RateLimited;
                assert_eq!(refusal.kind(), expected, "the kind of the refusal, since {why}");
                refusal
            }
        }
    }

    /// Returns the `retry_after` of a call that has to be refused.
    #[track_caller]
    pub(super) fn wait(&self, key: CallKey, cost: u32) -> Duration {
        retry_after(&self.refused(key, cost, "too few tokens are left"))
    }

    /// Spends all tokens, one by one.
    #[track_caller]
    pub(super) fn use_up(&self, key: CallKey) -> Vec<Token> {
        let tokens = (0..self.all()).map(|_| self.admitted(key, 1, "tokens are left"));
        tokens.collect()
    }

    /// Spends what calls can have that do not wait.
    #[track_caller]
    pub(super) fn use_up_now(&self, key: CallKey) {
        if self.bound.is_paced() {
            self.admitted(key, 1, "the key is unused");
        } else {
            self.use_up(key);
        }
    }

    pub(super) fn end(&self, token: Token, cost: u32, verdict: Verdict) {
        self.end_at(self.now(), token, cost, verdict);
    }

    pub(super) fn end_at(&self, now: Tick, token: Token, cost: u32, verdict: Verdict) {
        let cost = NonZeroU32::new(cost).expect("a cost");
        self.backend().exit(token, &Exit::at(now, verdict).with_cost(cost));
    }

    pub(super) fn peek(&self, key: CallKey, cost: u32) -> KeyStatus {
        self.with_call((key, cost), self.now(), |call| self.limiter().peek(call))
    }

    /// Peeks where the limiter can: for laws that peek only to see more.
    pub(super) fn look(&self, key: CallKey, cost: u32) -> Option<KeyStatus> {
        (!self.admits_only()).then(|| self.peek(key, cost))
    }

    /// Takes all tokens left, by calls if the limiter has no other way.
    pub(super) fn spend_rest(&self, key: CallKey) {
        if self.admits_only() {
            while self.ask(key, 1).is_ok() {}
        } else {
            self.exhaust(key);
        }
    }

    pub(super) fn refund(&self, key: CallKey, cost: u32) {
        self.with_call((key, cost), self.now(), |call| self.limiter().refund(call));
    }

    pub(super) fn reset(&self, key: CallKey) {
        self.with_call((key, 1), self.now(), |call| self.limiter().reset(call));
    }

    pub(super) fn exhaust(&self, key: CallKey) -> u64 {
        self.with_call((key, 1), self.now(), |call| self.limiter().exhaust(call))
    }

    /// Asserts how many tokens remain, where the limiter can be peeked at.
    #[track_caller]
    pub(super) fn remains(&self, key: CallKey, tokens: u64, when: &str) {
        let Some(status) = self.look(key, 1) else { return };
        assert_eq!(status.remaining, tokens, "the tokens that remain {when}");
    }

    pub(super) fn status(&self) -> Status {
        self.backend().status(self.now())
    }

    #[track_caller]
    pub(super) fn reading(&self, name: &str) -> u64 {
        read(&self.status(), name)
    }
}

/// Returns the time after which a refused call may be made again.
#[track_caller]
pub(super) fn retry_after(refusal: &Refusal) -> Duration {
    match refusal.retry_after() {
        Some(Duration::ZERO) => {
            panic!("`retry_after` must not be zero, since the call is refused now; but: {refusal}")
        }
        Some(wait) => wait,
        None => panic!("the refusal must have a `retry_after`; but: {refusal}"),
    }
}
