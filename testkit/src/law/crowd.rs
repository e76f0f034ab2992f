use std::sync::Barrier;
use std::thread;

/// The number of threads in laws about threads.
pub(crate) const THREADS: usize = 8;

/// Runs `work` on all threads at once; its argument is the thread's number.
pub(crate) fn at_once<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        let (barrier, work) = (&barrier, &work);
        let spawn = |nth| {
            scope.spawn(move || {
                barrier.wait();
                work(nth)
            })
        };
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().map(join).collect()
    })
}
