use seawall_core::Verdict;

use crate::law::{THREADS, at_once};
use crate::limiter::Subject;
use crate::limiter::fixture::{BOTH, Fixture};
use crate::limiter::script::assert_no_effect;

pub(in crate::limiter) fn threads_get_exactly_the_burst(subject: &Subject<'_>) {
    for round in 0..50 {
        for key in BOTH {
            let fixture = Fixture::new(subject);
            let all = fixture.all();
            let ask = |_: &u64| fixture.ask(key, 1).is_ok();
            let admitted = at_once(|_| (0..all).filter(ask).count() as u64);
            let admitted: u64 = admitted.into_iter().sum();
            assert_eq!(admitted, all, "tokens for {THREADS} threads at once, in round {round}");
        }
    }
}

pub(in crate::limiter) fn threads_lose_no_count(subject: &Subject<'_>) {
    const CALLS: u64 = 2_000;
    let fixture = Fixture::new(subject);
    let (begin, step) = (fixture.now(), fixture.token() / 4);
    let admitted = at_once(|thread| {
        let (mut admitted, mut now) = (0_usize, begin);
        for nth in 0..CALLS {
            if let Ok(token) = fixture.ask_at(now, Some(nth % 3), 1) {
                admitted += 1;
                let verdict = Verdict::ALL[(admitted + thread) % Verdict::ALL.len()];
                fixture.end_at(now, token, 1, verdict);
            }
            now = now + step;
        }
        admitted as u64
    });
    let admitted: u64 = admitted.into_iter().sum();
    let refused = THREADS as u64 * CALLS - admitted;
    assert!(admitted > 0 && refused > 0, "{admitted} calls are admitted and {refused} refused");
    assert_eq!(fixture.reading("admitted"), admitted, "`admitted`, as the threads counted");
    assert_eq!(fixture.reading("refused"), refused, "`refused`, as the threads counted");
    let ended: u64 = Verdict::ALL.iter().map(|verdict| fixture.reading(verdict.as_str())).sum();
    assert_eq!(ended, admitted, "the sum of all verdicts");
}

pub(in crate::limiter) fn clones_count_together(subject: &Subject<'_>) {
    assert_no_effect(subject, "by two handles and by one", |fixture, _, _| fixture.switch_handle());
}
