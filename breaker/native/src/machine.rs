//! The state machine, without threads: questions come one after the other.

use std::sync::Arc;
use std::time::Duration;

use seawall_core::Tick;

use self::ramping::Ramping;
use self::stage::{OpenTime, Stage};
use crate::options::BreakerOptions;
use crate::phase::Phase;
use crate::rules::Rules;
use crate::transition::Transition;
use crate::{OpenReason, Origin, State};

mod advised;
mod describe;
mod enter;
mod exit;
mod manual;
mod probing;
mod ramping;
mod restart;
mod stage;

pub(crate) use self::enter::{Answer, Refused};
pub(crate) use self::exit::Ended;

/// The state machine of one circuit.
///
/// Successes of a closed circuit are counted elsewhere, by all threads at once. So each question comes
/// with their number, in a [`Moment`].
#[derive(Debug)]
pub(crate) struct Machine {
    /// Shared, as there may be one machine for each key.
    options: Arc<BreakerOptions>,
    stage: Stage,
    origin: Origin,
    /// Goes up whenever results of calls in flight stop to count.
    generation: u64,
    /// When it came into its state.
    since: Tick,
    /// Time in its state before that, in a process that has ended since.
    carried: Duration,
    /// Number of times that it has opened since it was last closed.
    attempt: u32,
    /// How long it was open the last time, or would have been if it was tripped: a refused call waits
    /// no longer for a probe to end.
    last_wait: Duration,
    rules: Rules,
    /// Tokens carry their entry time from this tick on, while a rule needs it.
    slow_from: Tick,
    random: u64,
}

/// The time and the number of successes that come with each question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Tick,
    pub(crate) successes: u64,
}

/// The maximum time that an overloaded service can keep a circuit open.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

impl Machine {
    pub(crate) fn new(options: Arc<BreakerOptions>, random: u64, at: Moment) -> Self {
        let rules = Rules::new(&options, at.now, at.successes);
        Self {
            options,
            stage: Stage::Closed,
            origin: Origin::Rules,
            generation: 0,
            since: at.now,
            carried: Duration::ZERO,
            attempt: 0,
            last_wait: Duration::MAX,
            rules,
            slow_from: Tick::ZERO,
            random: random | 1,
        }
    }

    /// Counts generations from this one.
    pub(crate) fn numbered_from(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }

    pub(crate) fn options(&self) -> &BreakerOptions {
        &self.options
    }

    pub(crate) fn state(&self) -> State {
        self.stage.state()
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns true if this cannot be told from a new machine, assuming no call in flight.
    pub(crate) fn is_clear(&self, at: Moment) -> bool {
        matches!(self.stage, Stage::Closed) && self.rules.are_clear(at.now, at.successes)
    }

    /// Returns the state and what calls need, as all threads may see it.
    pub(crate) fn phase(&self) -> Phase {
        let phase = Phase::new(self.state(), self.generation);
        let Stage::Closed = self.stage else { return phase };
        phase
            .with(Phase::SUCCESS_LOCKS, self.rules.need_each_success())
            .with(Phase::ENTRY_LOCKS, self.rules.need_entries())
            .with(Phase::TIMED_WINDOW, self.rules.have_timed_window())
            .with(Phase::SLOW_CALLS, self.rules.count_slow_calls())
            .with(Phase::ABANDONED_FAILS, self.options.abandoned == crate::Counts::Failure)
    }

    /// Returns the number that a call is admitted with if that needs no further check, as in most
    /// closed circuits.
    #[inline]
    pub(crate) fn plain_number(&self, now: Tick) -> Option<u64> {
        let is_plain = matches!(self.stage, Stage::Closed) && !self.rules.need_entries();
        is_plain.then(|| if self.rules.count_slow_calls() { now.as_nanos() } else { 0 })
    }

    /// Returns true if a success only increments a counter.
    #[inline]
    pub(crate) fn counts_plainly(&self, entered: Tick, now: Tick) -> bool {
        matches!(self.stage, Stage::Closed)
            && !self.rules.need_each_success()
            && now < self.next_move()
            && !(self.rules.count_slow_calls() && self.is_slow(entered, now))
    }

    /// Returns until when an open circuit refuses calls; the beginning of time in other states.
    pub(crate) fn open_until(&self) -> Tick {
        match &self.stage {
            Stage::Open(open) => open.until,
            _ => Tick::ZERO,
        }
    }

    /// Returns when the window moves next: a success at that time or later needs the lock.
    pub(crate) fn next_move(&self) -> Tick {
        self.rules.next_move()
    }

    /// Returns true if questions have to come with the number of successes.
    pub(crate) fn needs_successes(&self) -> bool {
        self.rules.need_successes()
    }

    /// Sets the number of successes that came before this generation.
    pub(crate) fn rebase(&mut self, successes: u64) {
        self.rules.rebase(successes);
    }

    /// Opens the circuit for as long as the options say, or as an overloaded service has asked for.
    fn open(&mut self, at: Moment, retry_after: Option<Duration>) {
        let (wait, reason) = match retry_after {
            Some(wait) => (wait.min(MAX_RETRY_AFTER), OpenReason::RetryAfter),
            None => (self.backoff(self.attempt), OpenReason::Options),
        };
        self.open_for(wait, reason, at);
        self.last_wait = self.open_until().since(at.now);
    }

    fn open_for(&mut self, wait: Duration, reason: OpenReason, at: Moment) {
        self.go(Stage::Open(OpenTime::new(wait, reason)), at.now);
        self.schedule();
        self.attempt = self.attempt.saturating_add(1);
        self.rules.clear(at.now, at.successes);
    }

    /// Finds out when an open circuit is probed and when it heals.
    fn schedule(&mut self) {
        if let Stage::Open(open) = &mut self.stage {
            open.schedule(self.since, self.carried, self.options.heal_after);
        }
    }

    fn close(&mut self, at: Moment) {
        self.go(Stage::Closed, at.now);
        self.attempt = 0;
        self.rules.clear(at.now, at.successes);
    }

    /// Closes the circuit, at once or with the ramp.
    fn found_healthy(&mut self, at: Moment) {
        if self.options.ramp.is_none() {
            return self.close(at);
        }
        self.go(Stage::Recovering(Ramping::default()), at.now);
        self.rules.clear(at.now, at.successes);
    }

    /// Goes into a state; calls in flight no longer count.
    fn go(&mut self, stage: Stage, now: Tick) {
        self.generation += 1;
        self.origin = Origin::Rules;
        (self.stage, self.since, self.carried) = (stage, now, Duration::ZERO);
    }

    /// Returns how long the options keep it open at this attempt.
    fn backoff(&mut self, attempt: u32) -> Duration {
        let random = self.draw();
        self.options.reset.wait(attempt, random)
    }

    fn is_ramp_over(&self, now: Tick) -> bool {
        self.options.ramp.is_none_or(|ramp| now.since(self.since) >= ramp.over)
    }

    fn is_slow(&self, entered: Tick, now: Tick) -> bool {
        self.options.slow_call.is_some_and(|slow_call| now.since(entered) >= slow_call)
    }

    fn transition(&self, from: State, cause: &'static str) -> Transition {
        Transition::new(from, self.state(), cause)
    }

    /// Marsaglia's xorshift64: enough to spread probes.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
