use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A piece of work for a thread.
pub(super) type Work = Box<dyn FnOnce() + Send>;

/// Threads that may block: as many as there is work for, up to a limit.
pub(super) struct ThreadPool {
    queue: Mutex<Queue>,
    /// Notified when there is work, and when there will be none any more.
    changed: Condvar,
    max_threads: usize,
}

#[derive(Default)]
struct Queue {
    work: VecDeque<Work>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

/// Time for which a thread waits for work before it ends.
const IDLE_TIME: Duration = Duration::from_secs(10);

impl ThreadPool {
    pub(super) fn new(max_threads: NonZeroUsize) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::default(),
            changed: Condvar::new(),
            max_threads: max_threads.get(),
        })
    }

    /// Does `work` on a thread as soon as one is free.
    pub(super) fn run(self: &Arc<Self>, work: Work) {
        let mut queue = self.lock();
        queue.work.push_back(work);
        if queue.work.len() <= queue.idle {
            self.changed.notify_one();
        } else if queue.threads < self.max_threads {
            queue.threads += 1;
            drop(queue);
            self.start();
        }
    }

    /// Ends the threads when all work is done.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn start(self: &Arc<Self>) {
        let pool = Arc::clone(self);
        let thread = thread::Builder::new().name("seawall-blocking".to_owned());
        if thread.spawn(move || pool.work()).is_err() {
            // The system has no more threads. If there are none of ours, blocking here is better than
            // never doing the work.
            self.work_alone();
        }
    }

    fn work_alone(&self) {
        let mut queue = self.lock();
        queue.threads -= 1;
        let work = if queue.threads == 0 { queue.work.pop_front() } else { None };
        drop(queue);
        work.into_iter().for_each(quietly);
    }

    /// Runs on each thread.
    fn work(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(work) = queue.work.pop_front() {
                drop(queue);
                quietly(work);
                queue = self.lock();
            } else if queue.is_closed {
                break;
            } else {
                queue.idle += 1;
                let waited = self.changed.wait_timeout(queue, IDLE_TIME);
                let (again, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
                queue = again;
                queue.idle -= 1;
                if timed_out.timed_out() && queue.work.is_empty() {
                    break;
                }
            }
        }
        queue.threads -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does `work`; a panic, which the panic hook has reported, does not end the thread.
pub(super) fn quietly(work: Work) {
    let done = catch_unwind(AssertUnwindSafe(work));
    drop(done);
}
