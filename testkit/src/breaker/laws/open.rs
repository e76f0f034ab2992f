use seawall_core::Component;

use crate::breaker::Subject;
use crate::breaker::fixture::{Fixture, MOMENT};

pub(in crate::breaker) fn open_refuses_until_reset_time(subject: &Subject<'_>) {
    let fixture = Fixture::open(subject);
    fixture.refused("it has just opened");
    fixture.pass(fixture.setup.reset_after - MOMENT);
    fixture.refused("its time is over only in a moment");
    fixture.pass(MOMENT);
    fixture.admitted("its time is over");
}

pub(in crate::breaker) fn refusal_says_who_and_why(subject: &Subject<'_>) {
    let fixture = Fixture::open(subject);
    let layer = fixture.backend.layer();
    assert_eq!(layer.component(), Component::CircuitBreaker, "what the layer is");
    assert_eq!(fixture.status().layer, *layer, "whose status it is");
    for when in ["open", "half_open"] {
        if when == "half_open" {
            fixture.pass_reset_time();
            fixture.admitted("its time is over");
        }
        let refusal = fixture.refused("it is open, or the probe is out");
        assert!(refusal.is_circuit_open(), "the reason, while it is {when}: {refusal}");
        assert_eq!(refusal.by(), layer, "who refuses, while it is {when}");
    }
}

pub(in crate::breaker) fn retry_after_is_honest(subject: &Subject<'_>) {
    for part in [0, 1, 2] {
        let fixture = Fixture::open(subject);
        fixture.pass(fixture.setup.reset_after * part / 3);
        let Some(wait) = fixture.refused("it is open").retry_after() else {
            panic!("an open circuit knows how long it refuses, and says so")
        };
        assert_eq!(
            fixture.status().retry_after,
            Some(wait),
            "what the status says of the same time"
        );
        fixture.pass(wait - MOMENT);
        fixture.refused("the time it said is over only in a moment");
        fixture.pass(MOMENT);
        fixture.admitted("the time it said is over");
    }
}
