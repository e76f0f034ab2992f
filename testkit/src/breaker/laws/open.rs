use std::time::Duration;

use seawall_core::{Component, Refusal};

use crate::breaker::Subject;
use crate::breaker::fixture::{Fixture, MOMENT};

pub(in crate::breaker) fn open_refuses_until_reset_time(subject: &Subject<'_>) {
    let fixture = Fixture::open(subject);
    fixture.refused("the circuit has just opened");
    fixture.pass(fixture.setup.reset_after - MOMENT);
    fixture.refused("its reset time is over only in 1 ns");
    fixture.pass(MOMENT);
    fixture.admitted("its reset time is over");
}

pub(in crate::breaker) fn refusal_names_layer_and_kind(subject: &Subject<'_>) {
    let fixture = Fixture::open(subject);
    let layer = fixture.backend().layer();
    assert_eq!(layer.component(), Component::CircuitBreaker, "the layer's component");
    assert_eq!(fixture.status().layer, *layer, "the layer in the status");
    let check = |refusal: &Refusal, state| {
        let kind = refusal.kind();
        assert!(refusal.is_circuit_open(), "the kind of a refusal while {state} is {kind:?}");
        assert_eq!(refusal.by(), layer, "the layer that refuses while {state}");
    };
    check(&fixture.refused("it is open"), "open");
    fixture.pass_reset_time();
    fixture.admitted("its reset time is over");
    // Whether it refuses while a probe is out is another law.
    if let Err(refusal) = fixture.ask() {
        check(&refusal, "half_open");
    }
}

pub(in crate::breaker) fn retry_after_is_exact(subject: &Subject<'_>) {
    for part in [0, 1, 2] {
        let fixture = Fixture::open(subject);
        fixture.pass(fixture.setup.reset_after * part / 3);
        let Some(wait) = fixture.refused("it is open").retry_after() else {
            panic!("a refusal of an open circuit must have a `retry_after`")
        };
        assert_eq!(fixture.status().retry_after, Some(wait), "`retry_after` in the status");
        fixture.pass(wait - MOMENT);
        fixture.refused("the `retry_after` has passed only in 1 ns");
        fixture.pass(MOMENT);
        fixture.admitted("the `retry_after` has passed");
        // Whether it refuses while a probe is out is another law.
        let Err(while_probing) = fixture.ask() else { continue };
        let none_or_later = |refusal: &Refusal| refusal.retry_after() != Some(Duration::ZERO);
        assert!(none_or_later(&while_probing), "`retry_after` must not be zero: {while_probing}");
    }
}
