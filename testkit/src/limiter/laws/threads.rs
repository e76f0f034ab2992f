use std::num::NonZeroU32;

use seawall_core::{Call, Entry, Exit, Key, Verdict};

use crate::law::{THREADS, at_once};
use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture};
use crate::limiter::script::{SEEDS, assert_same, play};

pub(in crate::limiter) fn one_instant_gives_just_the_burst(subject: &Subject<'_>) {
    for round in 0..50 {
        for key in BOTH {
            let fixture = Fixture::new(subject);
            let (limiter, now, all) = (&fixture.limiter, fixture.now(), fixture.all());
            let went = at_once(|_| {
                let ask = |_: &u64| {
                    let parts = ("key", 0);
                    let call = Call::at(now);
                    let call = if key.is_some() { call.with_key(Key::new(&parts)) } else { call };
                    matches!(limiter.enter(&call), Entry::Go(_))
                };
                (0..all).filter(ask).count() as u64
            });
            let went: u64 = went.into_iter().sum();
            let what = format!("that {THREADS} threads got at once, in round {round}");
            assert_eq!(went, all, "tokens {what}");
        }
    }
}

pub(in crate::limiter) fn threads_lose_nothing(subject: &Subject<'_>) {
    const CALLS: usize = 2_000;
    let fixture = Fixture::new(subject);
    let (limiter, begin) = (&fixture.limiter, fixture.now());
    let step = fixture.setup.period / fixture.setup.limit / 4;
    let admitted = at_once(|thread| {
        let (mut admitted, mut now) = (0_u64, begin);
        for nth in 0..CALLS {
            let parts = ("key", nth % 3);
            let cost = NonZeroU32::MIN;
            let call = Call::at(now).with_key(Key::new(&parts)).with_cost(cost);
            if let Entry::Go(token) = limiter.enter(&call) {
                admitted += 1;
                let verdict = Verdict::ALL[(nth + thread) % Verdict::ALL.len()];
                limiter.exit(token, &Exit::at(now, verdict).with_cost(cost));
            }
            now = now + step;
        }
        admitted
    });
    let admitted: u64 = admitted.into_iter().sum();
    let refused = (THREADS * CALLS) as u64 - admitted;
    assert!(admitted > 0 && refused > 0, "{admitted} are let through, and {refused} are not");
    assert_eq!(fixture.reading("admitted"), admitted, "`admitted`, as the threads have counted");
    assert_eq!(fixture.reading("refused"), refused, "`refused`, as the threads have counted");
    let ended: u64 = Verdict::ALL.iter().map(|verdict| fixture.reading(verdict.as_str())).sum();
    assert_eq!(ended, admitted, "the sum of all verdicts");
}

pub(in crate::limiter) fn clones_count_together(subject: &Subject<'_>) {
    for seed in SEEDS {
        let (shared, alone) = (Fixture::new(subject), Fixture::new(subject));
        let one = play(&shared, seed, |fixture, _, _| fixture.change_hands());
        let other = play(&alone, seed, |_, _, _| ());
        let which = format!("by two handles and by one, play {seed}");
        assert_same((&shared, one), (&alone, other), &which);
    }
}
