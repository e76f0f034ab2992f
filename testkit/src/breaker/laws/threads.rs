use seawall_core::{Call, Entry, Exit, Tick, Verdict};

use crate::breaker::Subject;
use crate::breaker::fixture::Fixture;
use crate::law::{THREADS, at_once};

pub(in crate::breaker) fn one_thread_probes(subject: &Subject<'_>) {
    for round in 0..100 {
        let fixture = Fixture::due(subject);
        let (backend, now) = (fixture.backend(), fixture.now());
        let went = at_once(|_| matches!(backend.enter(&Call::at(now)), Entry::Go(_)));
        let probes = went.into_iter().filter(|went| *went).count();
        assert_eq!(probes, 1, "probes, of {THREADS} threads that ask at once, in round {round}");
    }
}

pub(in crate::breaker) fn threads_lose_no_count(subject: &Subject<'_>) {
    let fixture = Fixture::new(subject);
    let (backend, begin) = (fixture.backend(), fixture.now());
    let step = fixture.setup.reset_after / 8;
    let admitted = at_once(|thread| {
        let mut admitted = 0_u64;
        let mut now: Tick = begin;
        for nth in 0..2_000 {
            if let Entry::Go(token) = backend.enter(&Call::at(now)) {
                admitted += 1;
                let verdict = Verdict::ALL[(nth + thread) % Verdict::ALL.len()];
                backend.exit(token, &Exit::at(now, verdict));
            }
            now = now + step;
        }
        admitted
    });
    let admitted: u64 = admitted.into_iter().sum();
    assert_eq!(fixture.reading("admitted"), admitted, "`admitted`, as the threads have counted");
    assert_eq!(fixture.ended(), admitted, "the sum of all verdicts and `late`");
}
