//! The state machine, without threads: what it is asked comes one after the other.

use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Change, Tick};

use self::probing::{Probing, Shown};
use self::ramping::Ramping;
use crate::phase::{Mind, Phase};
use crate::rules::{Outcome, Rules};
use crate::{BreakerOptions, SaidBy, State};

mod by_hand;
mod probing;
mod ramping;

/// A circuit breaker as one thread sees it.
///
/// Successes of a closed circuit are counted elsewhere, by all threads at once; so whoever asks says
/// how many there have been.
#[derive(Debug)]
pub(crate) struct Machine {
    /// Shared by all that are alike: there may be one machine a key.
    options: Arc<BreakerOptions>,
    state: State,
    /// Goes up whenever results of calls that are under way stop to count.
    generation: u64,
    since: Tick,
    /// How long it had been in its state before that, in a process that has ended since.
    carried: Duration,
    /// How long it was opened for and who said so, whether it heals before that or not.
    wait: Duration,
    said_by: SaidBy,
    /// Until when calls are refused, if they are.
    until: Tick,
    /// How long it was last opened for, but by hand.
    last_wait: Duration,
    /// When it closes without a probe, if it is open and does.
    heals_at: Tick,
    /// How often it has opened since it was last closed.
    attempt: u32,
    rules: Rules,
    /// Since when calls bring back when they entered, which they need not where nothing is slow.
    slow_from: Tick,
    probing: Probing,
    ramping: Ramping,
    /// While observing: the rule that is broken has been told.
    told: bool,
    chance: u64,
}

/// What a call that asks is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Go, and bring this number back.
    Go(u64),
    /// Not now; in so long perhaps, if that is known.
    Refuse(Option<Duration>),
}

/// A call that has ended, as the machine sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// What it brought back.
    pub(crate) number: u64,
    /// Did it succeed or fail, or say nothing?
    pub(crate) failed: Option<bool>,
    /// How long what was called wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

/// The time and the count that come with every question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Tick,
    pub(crate) successes: u64,
}

/// A circuit is never left open longer than this because what was called said so.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

impl Machine {
    pub(crate) fn new(options: Arc<BreakerOptions>, chance: u64, at: Moment) -> Self {
        let rules = Rules::new(&options, at.now, at.successes);
        Self {
            options,
            state: State::Closed,
            generation: 0,
            since: at.now,
            carried: Duration::ZERO,
            wait: Duration::ZERO,
            said_by: SaidBy::Options,
            until: Tick::ZERO,
            last_wait: Duration::MAX,
            heals_at: Tick::MAX,
            attempt: 0,
            rules,
            slow_from: Tick::ZERO,
            probing: Probing::default(),
            ramping: Ramping::default(),
            told: false,
            chance: chance | 1,
        }
    }

    /// The same, its generations counted from this one.
    pub(crate) fn numbered_from(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }

    pub(crate) fn options(&self) -> &BreakerOptions {
        &self.options
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// How long it has been in its state.
    pub(crate) fn age(&self, now: Tick) -> Duration {
        now.since(self.since).saturating_add(self.carried)
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Would a new one do the same from `at` on, if no call is under way?
    pub(crate) fn is_clear(&self, at: Moment) -> bool {
        self.state == State::Closed && self.rules.are_clear(at.now, at.successes)
    }

    /// The state and what calls have to mind, as all threads may see it.
    pub(crate) fn phase(&self) -> Phase {
        let mind = if self.state == State::Closed { self.mind() } else { Mind::default() };
        Phase::new(self.state, self.generation, mind)
    }

    fn mind(&self) -> Mind {
        self.rules.mind(self.options.slow_call.is_some())
    }

    /// Until when calls are refused, as far as is known.
    pub(crate) fn until(&self) -> Tick {
        match self.state {
            State::Open => self.until,
            State::HalfOpen => self.probing.next(&self.options.probes),
            _ => Tick::ZERO,
        }
    }

    /// When a success has to look whether the window has moved.
    pub(crate) fn next_move(&self) -> Tick {
        self.rules.next_move()
    }

    /// How long a call may still be refused at `now`, if it is; `None` if nobody knows.
    pub(crate) fn wait(&self, now: Tick) -> Option<Duration> {
        match self.state {
            // A probe seldom takes its whole lease.
            State::HalfOpen => {
                let lease = self.until().since(now);
                Some(lease.min(self.last_wait))
            }
            State::Open => Some(self.until.since(now)),
            _ => None,
        }
    }

    /// A call asks to be let through.
    pub(crate) fn enter(&mut self, at: Moment) -> (Answer, Option<Change>) {
        let now = at.now;
        let before = self.state;
        let mut cause = None;
        if self.state == State::Open && now >= self.heals_at {
            self.close(at);
            cause = Some("healed");
        } else if self.state == State::Open && now >= self.until {
            self.go(State::HalfOpen, now);
            self.probing.clear();
            cause = Some("reset time over");
        } else if self.state == State::Recovering && self.is_ramp_over(now) {
            // The same occurrence goes on: what is under way still counts.
            (self.state, self.since) = (State::Closed, now);
            self.attempt = 0;
            cause = Some("ramp over");
        }
        let change = match cause {
            Some(cause) => Some(change(before, self.state, cause)),
            None => self.look(at),
        };
        (self.answer(now), change)
    }

    /// Is a rule broken by calls that do not end?
    fn look(&mut self, at: Moment) -> Option<Change> {
        let counts = matches!(self.state, State::Closed | State::Recovering | State::Observing);
        if !counts || !self.rules.mind_entry() {
            return None;
        }
        self.rules.roll(at.now, at.successes);
        let broken = self.rules.check(at.now, at.successes);
        self.broken(broken, None, at)
    }

    fn answer(&mut self, now: Tick) -> Answer {
        match self.state {
            State::Closed | State::Observing => {
                self.rules.enter(now);
                Answer::Go(now.as_nanos())
            }
            State::Disabled => Answer::Go(now.as_nanos()),
            State::Open | State::ForcedOpen => Answer::Refuse(self.wait(now)),
            State::HalfOpen => match self.probing.begin(&self.options.probes, now) {
                Some(number) => Answer::Go(number),
                None => Answer::Refuse(self.wait(now)),
            },
            State::Recovering => {
                let ramp = self.options.ramp;
                let asked = ramp.map_or(Ok(()), |ramp| self.ramping.ask(&ramp, self.since, now));
                match asked {
                    Ok(()) => {
                        self.rules.enter(now);
                        Answer::Go(now.as_nanos())
                    }
                    Err(wait) => Answer::Refuse(Some(wait)),
                }
            }
        }
    }

    /// Would a call that has ended so count?
    pub(crate) fn counts(&self, ended: &Ended) -> bool {
        self.state != State::HalfOpen || self.probing.is_out(ended.number)
    }

    /// Does it have to be told how many calls succeeded?
    pub(crate) fn wants_successes(&self) -> bool {
        self.rules.want_successes()
    }

    /// A new window has begun with so many successes before it.
    pub(crate) fn rebase(&mut self, successes: u64) {
        self.rules.rebase(successes);
    }

    /// A call of this occurrence has ended. Does it count? A probe whose turn was given away does
    /// not.
    pub(crate) fn exit(&mut self, at: Moment, ended: Ended) -> (bool, Option<Change>) {
        match self.state {
            State::HalfOpen => self.probed(at, ended),
            State::Closed | State::Recovering | State::Observing => (true, self.ended(at, ended)),
            State::Disabled | State::Open | State::ForcedOpen => (true, None),
        }
    }

    fn ended(&mut self, at: Moment, ended: Ended) -> Option<Change> {
        let now = at.now;
        let entered = Tick::from_nanos(ended.number);
        self.rules.leave(entered);
        self.rules.roll(now, at.successes - u64::from(ended.failed == Some(false)));
        let broken = match ended.failed {
            Some(failed) => {
                let slow = entered >= self.slow_from && self.is_slow(entered, now);
                let broken = self.rules.record(now, Outcome { failed, slow }, at.successes);
                broken.or(ended.retry_after.map(|_| "overload"))
            }
            None => self.rules.check(now, at.successes),
        };
        self.broken(broken, ended.retry_after, at)
    }

    /// What comes of the rule that is broken, or of none being so.
    fn broken(
        &mut self,
        broken: Option<&'static str>,
        retry_after: Option<Duration>,
        at: Moment,
    ) -> Option<Change> {
        let before = self.state;
        if before == State::Observing {
            let told = std::mem::replace(&mut self.told, broken.is_some());
            // Not a state but what would have been one: told once, until it is no longer so.
            let from = State::Observing.as_str();
            return broken.filter(|_| !told).map(|cause| Change::new(from, "would_open", cause));
        }
        let cause = broken?;
        self.open(at, retry_after);
        Some(change(before, State::Open, cause))
    }

    fn probed(&mut self, at: Moment, ended: Ended) -> (bool, Option<Change>) {
        let Some(entered) = self.probing.end(ended.number) else { return (false, None) };
        let Some(failed) = ended.failed else { return (true, None) };
        let slow = self.options.slow_call_rate.is_some() && self.is_slow(entered, at.now);
        let cause = match self.probing.count(&self.options.probes, failed || slow) {
            // As in a closed circuit: what asks to be left alone is, whatever the others show.
            Shown::Nothing if ended.retry_after.is_some() => {
                self.open(at, ended.retry_after);
                "overload"
            }
            Shown::Nothing => return (true, None),
            Shown::Sick => {
                self.open(at, ended.retry_after);
                "probes failed"
            }
            Shown::Healthy if self.options.ramp.is_some() => {
                self.recover(at);
                "probes succeeded"
            }
            Shown::Healthy => {
                self.close(at);
                "probes succeeded"
            }
        };
        (true, Some(change(State::HalfOpen, self.state, cause)))
    }

    fn open(&mut self, at: Moment, retry_after: Option<Duration>) {
        let (wait, said_by) = match retry_after {
            Some(wait) => (wait.min(LONGEST_RETRY_AFTER), SaidBy::Called),
            None => (self.backoff(), SaidBy::Options),
        };
        self.open_for(wait, said_by, at);
        self.last_wait = self.until.since(at.now);
    }

    fn open_for(&mut self, wait: Duration, said_by: SaidBy, at: Moment) {
        self.go(State::Open, at.now);
        (self.wait, self.said_by) = (wait, said_by);
        self.schedule();
        self.attempt = self.attempt.saturating_add(1);
        self.rules.clear(at.now, at.successes);
    }

    /// How long the options have it stay open this time.
    fn backoff(&mut self) -> Duration {
        let chance = self.draw();
        self.options.reset.wait(self.attempt, chance)
    }

    /// Finds out when an open circuit is probed and when it heals.
    fn schedule(&mut self) {
        let after = |time: Duration| self.since + time.saturating_sub(self.carried);
        let heals = self.options.heal_after.filter(|_| self.said_by != SaidBy::Hand);
        self.heals_at = heals.map_or(Tick::MAX, after);
        self.until = after(self.wait).min(self.heals_at);
    }

    fn close(&mut self, at: Moment) {
        self.go(State::Closed, at.now);
        self.attempt = 0;
        self.told = false;
        self.rules.clear(at.now, at.successes);
    }

    fn recover(&mut self, at: Moment) {
        self.go(State::Recovering, at.now);
        self.ramping = Ramping::default();
        self.rules.clear(at.now, at.successes);
    }

    fn go(&mut self, state: State, now: Tick) {
        self.generation += 1;
        (self.state, self.since, self.carried) = (state, now, Duration::ZERO);
    }

    fn is_ramp_over(&self, now: Tick) -> bool {
        self.options.ramp.is_none_or(|ramp| now.since(self.since) >= ramp.over)
    }

    fn is_slow(&self, entered: Tick, now: Tick) -> bool {
        self.options.slow_call.is_some_and(|slow_call| now.since(entered) >= slow_call)
    }

    /// Marsaglia's xorshift64: enough to spread probes.
    fn draw(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance
    }
}

const fn change(from: State, to: State, cause: &'static str) -> Change {
    Change::new(from.as_str(), to.as_str(), cause)
}
