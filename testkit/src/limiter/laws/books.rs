use std::cell::Cell;

use seawall_core::{Component, RefusalKind, Verdict};

use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture, read};
use crate::limiter::script::{SEEDS, STEPS, Script, assert_same, play};

pub(in crate::limiter) fn books_close(subject: &Subject<'_>) {
    for seed in SEEDS {
        let fixture = Fixture::new(subject);
        let mut script = Script::new(seed);
        for step in 0..STEPS {
            script.step(&fixture, |fixture, key, cost| {
                // None of this is a call.
                if step % 16 == 0 {
                    let _of_no_interest = fixture.peek(key, cost);
                    fixture.refund(key, 1);
                    fixture.exhaust(Some(3));
                    fixture.reset(Some(3));
                }
            });
            let status = fixture.status();
            let when = format!("after step {step} of play {seed}");
            assert_eq!(read(&status, "admitted"), script.admitted, "`admitted`, {when}");
            assert_eq!(read(&status, "refused"), script.refused, "`refused`, {when}");
            for &verdict in Verdict::ALL {
                let (name, ended) = (verdict.as_str(), script.ended[verdict.index()]);
                assert_eq!(read(&status, name), ended, "`{name}`, {when}");
            }
            let ended: u64 = script.ended.iter().sum();
            assert_eq!(script.admitted, script.under_way() + ended, "the law's own books, {when}");
        }
    }
}

pub(in crate::limiter) fn refusal_says_who_and_why(subject: &Subject<'_>) {
    for key in BOTH {
        let fixture = Fixture::new(subject);
        let layer = fixture.limiter.layer();
        assert_eq!(layer.component(), Component::RateLimiter, "what the layer is");
        assert_eq!(fixture.status().layer, *layer, "whose status it is");
        fixture.use_up(key);
        for (cost, kind) in [
            (1, RefusalKind::RateLimited),
            (fixture.all_as_cost() + 1, RefusalKind::CostAboveLimit),
        ] {
            let refusal = fixture.ask(key, cost).expect_err("nothing is left");
            assert_eq!(refusal.kind(), kind, "why cost {cost} is refused");
            assert_eq!(refusal.by(), layer, "key refuses cost {cost}");
            assert_eq!(refusal.limit(), Some(fixture.all()), "the limit that cost {cost} met");
        }
    }
}

pub(in crate::limiter) fn status_changes_nothing(subject: &Subject<'_>) {
    for seed in SEEDS {
        let (watched, left_alone) = (Fixture::new(subject), Fixture::new(subject));
        let calls = Cell::new(0);
        let one = play(&watched, seed, |fixture, _, _| {
            // Not at each: then one that takes over the time it is told would be ahead by as much
            // always, and never differ.
            calls.set(calls.get() + 1);
            let looks: &[u32] = if calls.get() % 5 == 0 { &[0, 1, 10] } else { &[] };
            for later in looks {
                let _of_no_interest =
                    fixture.limiter.status(fixture.now() + fixture.setup.period * *later);
            }
        });
        let other = play(&left_alone, seed, |_, _, _| ());
        let which = format!("watched and not, play {seed}");
        assert_same((&watched, one), (&left_alone, other), &which);
    }
}
