use std::time::Duration;

use seawall_core::Tick;

use super::fixture::{CallKey, Fixture};
use super::queue::Queue;

/// The calls that ran: key, time, cost.
#[derive(Debug, Default)]
pub(super) struct Ran(Vec<(CallKey, Tick, u64)>);

impl Ran {
    /// Collects the calls of a queue that were admitted.
    pub(super) fn of(queue: &Queue<'_>) -> Self {
        let admitted = queue
            .waiters()
            .iter()
            .filter_map(|waiter| waiter.began().map(|at| (waiter.key, at, u64::from(waiter.cost))));
        Self(admitted.collect())
    }

    pub(super) fn add(&mut self, key: CallKey, at: Tick, cost: u32) {
        self.0.push((key, at, cost.into()));
    }

    /// Asserts that no window of time saw more than the bound.
    #[track_caller]
    pub(super) fn assert_within_bound(self, fixture: &Fixture, which: &str) {
        self.assert_within(fixture, Duration::ZERO, which);
    }

    /// The same, where each window may be longer by `slack`.
    #[track_caller]
    pub(super) fn assert_within(mut self, fixture: &Fixture, slack: Duration, which: &str) {
        self.0.sort_unstable();
        for (first, (key, from, _)) in self.0.iter().enumerate() {
            let mut tokens = 0;
            for (_, to, cost) in self.0[first..].iter().take_while(|(other, ..)| other == key) {
                tokens += cost;
                let max = fixture.bound.within(&fixture.setup, to.since(*from) + slack);
                assert!(
                    tokens <= max,
                    "{which}: from {from} to {to}, calls with key {key:?} took {tokens} tokens, \
                     but the bound of that window is {max}"
                );
            }
        }
    }
}
