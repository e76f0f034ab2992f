use std::sync::{Arc, Barrier};
use std::thread;

use seawall_core::{Backend, Call, Entry, Exit, Tick, Verdict};

use crate::breaker::Subject;
use crate::breaker::bench::Bench;

const THREADS: usize = 8;

/// Runs `work` on all threads at once.
fn at_once<T: Send>(
    backend: &Arc<dyn Backend>,
    work: impl Fn(&dyn Backend, usize) -> T + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let spawn = |nth| {
            let backend = Arc::clone(backend);
            scope.spawn(move || {
                barrier.wait();
                work(&*backend, nth)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}

pub(in crate::breaker) fn one_thread_probes(subject: &Subject<'_>) {
    for round in 0..100 {
        let bench = Bench::due(subject);
        let now = bench.now();
        let went = at_once(&bench.backend, |backend, _| {
            matches!(backend.enter(&Call::at(now)), Entry::Go(_))
        });
        let probes = went.into_iter().filter(|went| *went).count();
        assert_eq!(probes, 1, "probes, of {THREADS} threads that ask at once, in round {round}");
    }
}

pub(in crate::breaker) fn threads_lose_nothing(subject: &Subject<'_>) {
    let bench = Bench::new(subject);
    let begin = bench.now();
    let step = bench.setup.reset_after / 8;
    let admitted = at_once(&bench.backend, |backend, thread| {
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
    assert_eq!(bench.reading("admitted"), admitted, "`admitted`, as the threads have counted");
    assert_eq!(bench.ended(), admitted, "the sum of all verdicts and `late`");
}
