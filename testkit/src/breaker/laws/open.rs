use seawall_core::{Component, RefusalKind};

use crate::breaker::Subject;
use crate::breaker::bench::{Bench, MOMENT};

pub(in crate::breaker) fn open_refuses_until_reset_time(subject: &Subject<'_>) {
    let bench = Bench::open(subject);
    bench.refused("it has just opened");
    bench.pass(bench.setup.reset_after - MOMENT);
    bench.refused("its time is over only in a moment");
    bench.pass(MOMENT);
    bench.admitted("its time is over");
}

pub(in crate::breaker) fn refusal_says_who_and_why(subject: &Subject<'_>) {
    let bench = Bench::open(subject);
    let layer = bench.backend.layer();
    assert_eq!(layer.component(), Component::CircuitBreaker, "what the layer is");
    assert_eq!(bench.status().layer, *layer, "whose status it is");
    for when in ["open", "half_open"] {
        if when == "half_open" {
            bench.pass_reset_time();
            bench.admitted("its time is over");
        }
        let refusal = bench.refused("it is open, or the probe is out");
        assert_eq!(refusal.kind(), RefusalKind::CircuitOpen, "the reason, while it is {when}");
        assert_eq!(refusal.by(), layer, "who refuses, while it is {when}");
    }
}

pub(in crate::breaker) fn retry_after_is_honest(subject: &Subject<'_>) {
    for part in [0, 1, 2] {
        let bench = Bench::open(subject);
        bench.pass(bench.setup.reset_after * part / 3);
        let Some(wait) = bench.refused("it is open").retry_after() else {
            panic!("an open circuit knows how long it refuses, and says so")
        };
        assert_eq!(bench.status().retry_after, Some(wait), "what the status says of the same time");
        bench.pass(wait - MOMENT);
        bench.refused("the time it said is over only in a moment");
        bench.pass(MOMENT);
        bench.admitted("the time it said is over");
    }
}
