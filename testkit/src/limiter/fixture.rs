use std::cell::Cell;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{
    Call, Entry, Exit, Key, KeyStatus, Limiter, Refusal, RefusalKind, Status, Tick, Token, Verdict,
};

use super::{Bound, Setup, Subject};
pub(super) use crate::law::{BEGIN, MOMENT, read};

/// Which key a call has: that of the number, or none.
pub(super) type CallKey = Option<u64>;

/// A call without a key, and one with.
pub(super) const BOTH: [CallKey; 2] = [None, Some(0)];

/// One rate limiter, and the time it is told.
pub(super) struct Fixture {
    pub(super) limiter: Arc<dyn Limiter>,
    /// Another handle of the same.
    clone: Arc<dyn Limiter>,
    by_clone: Cell<bool>,
    pub(super) setup: Setup,
    pub(super) bound: Bound,
    now: Cell<Tick>,
}

impl Fixture {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        Self::with(subject, Setup::default())
    }

    pub(super) fn with(subject: &Subject<'_>, setup: Setup) -> Self {
        Self::at(subject, setup, BEGIN)
    }

    pub(super) fn at(subject: &Subject<'_>, setup: Setup, begin: Tick) -> Self {
        let handles = subject.start(&setup);
        Self { clone: handles.other, ..Self::of(handles.one, setup, subject.claim, begin) }
    }

    pub(super) fn of(limiter: Arc<dyn Limiter>, setup: Setup, bound: Bound, now: Tick) -> Self {
        let clone = Arc::clone(&limiter);
        Self { limiter, clone, by_clone: Cell::new(false), setup, bound, now: Cell::new(now) }
    }

    /// The next call asks by the other handle.
    pub(super) fn change_hands(&self) {
        self.by_clone.set(!self.by_clone.get());
    }

    pub(super) fn now(&self) -> Tick {
        self.now.get()
    }

    /// Lets time pass.
    pub(super) fn pass(&self, time: Duration) {
        self.now.set(self.now() + time);
    }

    /// Lets so much time pass that all is back, whatever was spent.
    pub(super) fn pass_until_full(&self) {
        let periods = self.all() / u64::from(self.setup.limit) + 2;
        self.pass(self.setup.period * u32::try_from(periods).unwrap_or(u32::MAX));
    }

    /// The tokens of a key that has spent nothing.
    pub(super) fn all(&self) -> u64 {
        self.bound.at_once(&self.setup)
    }

    /// The same, as a cost.
    pub(super) fn all_as_cost(&self) -> u32 {
        u32::try_from(self.all()).expect("no more than one call can cost")
    }

    /// Shows a call to `ask`.
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
        let limiter = if self.by_clone.get() { &self.clone } else { &self.limiter };
        self.with_call((key, cost), now, |call| match limiter.enter(call) {
            Entry::Go(token) => Ok(token),
            Entry::Refuse(refusal) => Err(refusal),
            other => panic!("a call that may not wait is let through or refused, but: {other:?}"),
        })
    }

    pub(super) fn ask(&self, key: CallKey, cost: u32) -> Result<Token, Refusal> {
        self.ask_at(self.now(), key, cost)
    }

    /// Asks for a call that has to be let through.
    #[track_caller]
    pub(super) fn admitted(&self, key: CallKey, cost: u32, why: &str) -> Token {
        match self.ask(key, cost) {
            Ok(token) => token,
            Err(refusal) => {
                panic!("{why}, so a call that costs {cost} goes through; but: {refusal}")
            }
        }
    }

    /// Asks for a call that has to be refused because too little is left.
    #[track_caller]
    pub(super) fn refused(&self, key: CallKey, cost: u32, why: &str) -> Refusal {
        match self.ask(key, cost) {
            Ok(_) => panic!("{why}, so a call that costs {cost} is refused; but it went through"),
            Err(refusal) => {
                let why = format!("{why}; the reason for refusing it is");
                assert_eq!(refusal.kind(), RefusalKind::RateLimited, "{why}");
                refusal
            }
        }
    }

    /// The time that a call which is refused is told.
    #[track_caller]
    pub(super) fn wait(&self, key: CallKey, cost: u32) -> Duration {
        let refusal = self.refused(key, cost, "too little is left");
        refusal.retry_after().unwrap_or_else(|| panic!("a refusal says when; but: {refusal}"))
    }

    /// Spends all that there is.
    #[track_caller]
    pub(super) fn use_up(&self, key: CallKey) -> Vec<Token> {
        let tokens = (0..self.all()).map(|_| self.admitted(key, 1, "some is left"));
        tokens.collect()
    }

    pub(super) fn end(&self, token: Token, cost: u32, verdict: Verdict) {
        let cost = NonZeroU32::new(cost).expect("a cost");
        self.limiter.exit(token, &Exit::at(self.now(), verdict).with_cost(cost));
    }

    pub(super) fn peek(&self, key: CallKey, cost: u32) -> KeyStatus {
        self.with_call((key, cost), self.now(), |call| self.limiter.peek(call))
    }

    pub(super) fn refund(&self, key: CallKey, cost: u32) {
        self.with_call((key, cost), self.now(), |call| self.limiter.refund(call));
    }

    pub(super) fn reset(&self, key: CallKey) {
        self.with_call((key, 1), self.now(), |call| self.limiter.reset(call));
    }

    pub(super) fn exhaust(&self, key: CallKey) -> u64 {
        self.with_call((key, 1), self.now(), |call| self.limiter.exhaust(call))
    }

    #[track_caller]
    pub(super) fn remains(&self, key: CallKey, tokens: u64, when: &str) {
        assert_eq!(self.peek(key, 1).remaining, tokens, "what remains, {when}");
    }

    pub(super) fn status(&self) -> Status {
        self.limiter.status(self.now())
    }

    #[track_caller]
    pub(super) fn reading(&self, name: &str) -> u64 {
        read(&self.status(), name)
    }
}
