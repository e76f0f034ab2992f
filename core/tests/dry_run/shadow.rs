//! Shadows: fed with the calls and ends of another layer, and never obeyed.

use std::sync::Arc;

use seawall_core::dry_run::{DryRun, Mode, Shadow};
use seawall_core::{Backend, Component, Error, RefusalKind, Verdict};
use seawall_testkit::{Answer, Scripted};

use crate::fixture::Fixture;

struct Shadowed {
    fixture: Fixture,
    stricter: Arc<Scripted>,
    shadow: Arc<Shadow<Arc<Scripted>>>,
}

impl Shadowed {
    fn new(mode: Mode) -> Self {
        let stricter = Arc::new(Scripted::new(Component::CircuitBreaker, "payments, stricter"));
        let shadow = Arc::new(Shadow::new(stricter.clone()));
        let behind: Arc<dyn Backend> = shadow.clone();
        let fixture = Fixture::with(|breaker| {
            (DryRun::new(breaker, mode).with_shadow(&shadow), Some(behind))
        });
        Self { fixture, stricter, shadow }
    }

    fn reading(&self, name: &str) -> u64 {
        self.shadow.status(self.fixture.time.now()).reading(name).expect("a reading")
    }

    /// Runs a call that the layer or the shadow refuses.
    fn run(&self, layer_refuses: bool, shadow_refuses: bool) -> Result<(), Error<&'static str>> {
        let refuse = || Answer::Refuse(RefusalKind::CircuitOpen);
        if layer_refuses {
            self.fixture.breaker.then(refuse());
        }
        if shadow_refuses {
            self.stricter.then(refuse());
        }
        self.fixture.run()
    }

    #[track_caller]
    fn assert_counts(&self, would_refuse: u64, would_admit: u64) {
        let counts = ["would_refuse", "would_admit"].map(|name| self.reading(name));
        assert_eq!(counts, [would_refuse, would_admit]);
        assert_eq!(self.stricter.counts().in_flight(), 0);
        self.fixture.assert_closed("ended");
    }
}

#[test]
fn a_shadow_learns_how_calls_end_and_is_never_obeyed() {
    let shadowed = Shadowed::new(Mode::Enforce);
    shadowed.run(false, false).expect("both admit");
    assert_eq!(shadowed.stricter.counts().ended(Verdict::Success), 1);
    shadowed.assert_counts(0, 0);
    shadowed.run(false, true).expect("the shadow is not obeyed");
    assert_eq!(shadowed.stricter.counts().admitted, 1, "it learns nothing of what it refused");
    shadowed.assert_counts(1, 0);
}

#[test]
fn a_call_that_only_the_layer_refuses_is_abandoned_for_the_shadow() {
    let shadowed = Shadowed::new(Mode::Enforce);
    shadowed.run(true, false).expect_err("refused");
    assert_eq!(shadowed.stricter.counts().ended(Verdict::Abandoned), 1);
    shadowed.assert_counts(0, 1);
    shadowed.run(true, true).expect_err("refused");
    shadowed.assert_counts(0, 1);
}

#[test]
fn beside_an_observed_layer_the_shadow_sees_what_happened_to_the_call() {
    let shadowed = Shadowed::new(Mode::Observe);
    shadowed.run(true, true).expect("observed");
    shadowed.assert_counts(1, 0);
    shadowed.run(true, false).expect("observed");
    assert_eq!(shadowed.stricter.counts().ended(Verdict::Success), 1);
    shadowed.assert_counts(1, 0);
}

#[test]
fn a_call_that_was_not_made_is_unused_for_the_shadow_too() {
    let shadowed = Shadowed::new(Mode::Enforce);
    let permit = shadowed.fixture.time.block_on(shadowed.fixture.handle.call().reserve());
    drop(permit.expect("admitted"));
    assert_eq!(shadowed.stricter.counts().ended(Verdict::Unused), 1);
    shadowed.assert_counts(0, 0);
}

#[test]
fn a_panic_of_a_shadow_fails_no_call() {
    let shadowed = Shadowed::new(Mode::Enforce);
    shadowed.stricter.then(Answer::Panic);
    shadowed.run(false, false).expect("not noticed");
    shadowed.stricter.then(Answer::Panic);
    shadowed.run(true, false).expect_err("by the layer");
    assert_eq!(shadowed.reading("observed_panics"), 2);
    shadowed.assert_counts(0, 0);
}
