use std::collections::BTreeMap;
use std::task::Waker;

use seawall_core::Verdict;

pub(super) struct State {
    pub(super) max: u32,
    /// Permits that calls hold, or that waiting calls were granted.
    pub(super) held: u32,
    pub(super) is_closed: bool,
    /// Calls that wait, by their numbers.
    pub(super) waiters: BTreeMap<u64, Waiter>,
    pub(super) waiting: u64,
    /// Number of calls that have waited.
    pub(super) last: u64,
    pub(super) admitted: u64,
    pub(super) refused: u64,
    /// Calls that left without an answer, less those whose time was over.
    pub(super) gave_up: i64,
    /// Whether the time is over of the waiter that leaves next.
    pub(super) has_expired: bool,
    pub(super) ended: [u64; Verdict::ALL.len()],
}

#[derive(Default)]
pub(super) struct Waiter {
    pub(super) is_granted: bool,
    pub(super) waker: Option<Waker>,
}

impl State {
    pub(super) const fn new(max: u32) -> Self {
        Self {
            max,
            held: 0,
            is_closed: false,
            waiters: BTreeMap::new(),
            waiting: 0,
            last: 0,
            admitted: 0,
            refused: 0,
            gave_up: 0,
            has_expired: false,
            ended: [0; Verdict::ALL.len()],
        }
    }

    /// Returns the waiter that is next.
    pub(super) fn next(&mut self, is_last: bool) -> Option<&mut Waiter> {
        let mut waiters = self.waiters.values_mut().filter(|waiter| !waiter.is_granted);
        if is_last { waiters.next_back() } else { waiters.next() }
    }

    /// Takes a permit that was granted to a waiter which has not seen it yet.
    pub(super) fn take_grant(&mut self) -> bool {
        let granted = self.waiters.values_mut().find(|waiter| waiter.is_granted);
        granted.is_some_and(|waiter| std::mem::take(&mut waiter.is_granted))
    }

    pub(super) fn wake_all(&mut self) {
        self.waiters.values_mut().filter_map(|waiter| waiter.waker.take()).for_each(Waker::wake);
    }
}
