use std::time::Duration;

use seawall_core::Tick;

use super::fixture::CallKey;
use super::{Bound, Setup};

/// The calls that did run: whose, when, at what cost.
#[derive(Debug, Default)]
pub(super) struct Ran(Vec<(CallKey, Tick, u64)>);

impl Ran {
    pub(super) fn add(&mut self, key: CallKey, at: Tick, cost: u32) {
        self.0.push((key, at, cost.into()));
    }

    /// Asserts that no window of time saw more than `bound`. Windows are taken for longer than they
    /// are by `slack`.
    #[track_caller]
    pub(super) fn assert_within(
        mut self,
        bound: &Bound,
        setup: &Setup,
        slack: Duration,
        which: &str,
    ) {
        self.0.sort_unstable();
        for (first, (key, from, _)) in self.0.iter().enumerate() {
            let mut tokens = 0;
            for (_, to, cost) in self.0[first..].iter().take_while(|(other, ..)| other == key) {
                tokens += cost;
                let most = bound.within(setup, to.since(*from) + slack);
                assert!(
                    tokens <= most,
                    "{which}: {tokens} tokens from {from} to {to} for {key:?}, not {most} at most"
                );
            }
        }
    }
}
