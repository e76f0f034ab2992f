use std::sync::Arc;
use std::time::Duration;

use seawall_core::{Backend, ControlAction, ControlError, Driver, Key, Verdict};

use super::calls::Calls;
use super::{Handles, Setup, Subject};
use crate::ManualClock;
use crate::law::read;
pub(super) use crate::law::{BEGIN, MOMENT};

/// How long a call waits that has to be admitted.
pub(super) const PATIENT: Duration = Duration::from_secs(60);

/// One bulkhead with a clock of its own.
pub(super) struct Fixture {
    handles: Handles,
    pub(super) max: usize,
    /// The time within which a call that waits gets a permit which is free.
    pub(super) grants_within: Duration,
    pub(super) clock: ManualClock,
    pub(super) driver: Driver,
}

impl Fixture {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        Self::of(subject, Setup::default().max_concurrent)
    }

    pub(super) fn of(subject: &Subject<'_>, max_concurrent: u32) -> Self {
        let handles = subject.start(&Setup { max_concurrent });
        let clock = handles.clock.clone().unwrap_or_default();
        clock.advance_to(BEGIN);
        Self {
            handles,
            max: max_concurrent as usize,
            grants_within: subject.claim.grants_within,
            driver: Driver::new().with_clock(clock.clock()),
            clock,
        }
    }

    pub(super) fn backend(&self) -> &Arc<dyn Backend> {
        &self.handles.backend
    }

    pub(super) fn act(
        &self,
        action: ControlAction,
        key: Option<Key<'_>>,
    ) -> Result<(), ControlError> {
        self.handles.control.act(action, key)
    }

    pub(super) fn resize(&self, max_concurrent: u32) {
        self.act(ControlAction::Resize(max_concurrent), None).expect("a bulkhead can be resized");
    }

    pub(super) fn close(&self) {
        let Some(close) = &self.handles.close else {
            panic!("this law closes the bulkhead: use `Handles::with_close`, or declare `closing`")
        };
        close();
    }

    #[track_caller]
    pub(super) fn reading(&self, name: &str) -> u64 {
        read(&self.backend().status(self.clock.now()), name)
    }

    /// Asserts that all permits can be had, and not one more; then they are free again.
    #[track_caller]
    pub(super) fn assert_all_are_free(&self, when: &str) {
        let mut calls = Calls::at(self);
        let held = calls.fill(when);
        calls.assert_full(when);
        held.into_iter().for_each(|nth| calls.end(nth, Verdict::Success));
    }
}
