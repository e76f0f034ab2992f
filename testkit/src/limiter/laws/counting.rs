use std::cell::Cell;

use seawall_core::{Component, RefusalKind, Verdict};

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture, read};
use crate::limiter::script::{SEEDS, STEPS, Script, assert_no_effect};

pub(in crate::limiter) fn every_call_is_accounted_for(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            script.step(&fixture, |fixture, key, cost| {
                // None of this is a call.
                if step % 16 == 0 && !fixture.admits_only() {
                    let _status = fixture.peek(key, cost);
                    fixture.refund(key, 1);
                    fixture.exhaust(Some(3));
                    fixture.reset(Some(3));
                }
            });
            let status = fixture.status();
            let when = format!("after step {step} of run {seed}");
            assert_eq!(read(&status, "admitted"), script.admitted, "`admitted` {when}");
            assert_eq!(read(&status, "refused"), script.refused, "`refused` {when}");
            for verdict in Verdict::ALL {
                let (name, ended) = (verdict.as_str(), script.ended[verdict.index()]);
                assert_eq!(read(&status, name), ended, "`{name}` {when}");
            }
            let ended: u64 = script.ended.iter().sum();
            assert_eq!(script.admitted, script.in_flight() + ended, "the law's own sum {when}");
        }
    }
}

pub(in crate::limiter) fn refusal_names_layer_kind_and_limit(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let layer = fixture.backend().layer().clone();
        assert_eq!(layer.component(), Component::RateLimiter, "the layer's component");
        assert_eq!(fixture.status().layer, layer, "the layer in the status");
        fixture.use_up(key);
        let too_much = fixture.all_as_cost() + 1;
        for (cost, kind) in [(1, RefusalKind::RateLimited), (too_much, RefusalKind::CostAboveLimit)]
        {
            let refusal = fixture.ask(key, cost).expect_err("nothing is left");
            assert_eq!(refusal.kind(), kind, "the kind of the refusal of cost {cost}");
            assert_eq!(*refusal.by(), layer, "the layer that refuses cost {cost}");
            assert_eq!(refusal.limit(), Some(fixture.all()), "the limit in the refusal");
        }
    }
}

pub(in crate::limiter) fn status_changes_nothing(subject: &Subject<'_>) {
    let calls = Cell::new(0);
    assert_no_effect(subject, "with and without reading the status", |fixture, _, _| {
        // Not before each call: a limiter that takes over the status' time would be ahead by the same
        // time always, and so never differ.
        calls.set(calls.get() + 1);
        let periods: &[u32] = if calls.get() % 5 == 0 { &[0, 1, 10] } else { &[] };
        for later in periods {
            let _status = fixture.backend().status(fixture.now() + fixture.setup.period * *later);
        }
    });
}
