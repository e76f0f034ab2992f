use std::cell::Cell;

use seawall_core::pool::Stage;

thread_local! {
    /// The stage of the checkout that this thread is polling.
    ///
    /// deadpool hands no context to a manager, so the two ends of a checkout, which run on the same
    /// thread while it is polled, talk through this.
    static CURRENT: Cell<Stage> = const { Cell::new(Stage::Waiting) };
}

/// The checkout being polled is in `stage` from now on.
pub(crate) fn enter(stage: Stage) {
    CURRENT.set(stage);
}

/// Polls a checkout that is in `stage`, and keeps in it how far it gets.
///
/// A manager may use a pool itself, so what was there before comes back, after a panic as well.
pub(crate) fn during<T>(stage: &mut Stage, poll: impl FnOnce() -> T) -> T {
    let _outer = Outer(CURRENT.replace(*stage));
    let polled = poll();
    *stage = CURRENT.get();
    polled
}

struct Outer(Stage);

impl Drop for Outer {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_inside_another_leaves_its_stage_alone() {
        let (mut outer, mut inner) = (Stage::Waiting, Stage::Waiting);
        during(&mut outer, || {
            enter(Stage::Connecting);
            during(&mut inner, || enter(Stage::Checking));
            let panicked = std::panic::catch_unwind(|| {
                during(&mut Stage::Waiting, || -> () {
                    enter(Stage::Resetting);
                    panic!("poll");
                });
            });
            assert!(panicked.is_err());
        });
        assert_eq!((outer, inner), (Stage::Connecting, Stage::Checking));
        assert_eq!(CURRENT.get(), Stage::Waiting);
    }
}
