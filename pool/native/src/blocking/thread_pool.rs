use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::threads::Work;

/// Threads of our own: as many as there is work for, and no more than so many.
pub(super) struct ThreadPool {
    board: Mutex<Board>,
    /// Told when there is work, and when there will be none any more.
    news: Condvar,
    most: usize,
}

#[derive(Default)]
struct Board {
    work: VecDeque<Work>,
    threads: usize,
    idle: usize,
    is_dismissed: bool,
}

/// How long a thread waits for work before it ends.
const PATIENCE: Duration = Duration::from_secs(10);

impl ThreadPool {
    pub(super) fn of(most: NonZeroUsize) -> Arc<Self> {
        Arc::new(Self { board: Mutex::default(), news: Condvar::new(), most: most.get() })
    }

    /// Has a thread do `work`, as soon as one is free.
    pub(super) fn run(self: &Arc<Self>, work: Work) {
        let mut board = self.board();
        board.work.push_back(work);
        if board.work.len() <= board.idle {
            self.news.notify_one();
        } else if board.threads < self.most {
            board.threads += 1;
            drop(board);
            self.start();
        }
    }

    /// They may go home when all work is done.
    pub(super) fn dismiss(&self) {
        self.board().is_dismissed = true;
        self.news.notify_all();
    }

    fn start(self: &Arc<Self>) {
        let pool = Arc::clone(self);
        let thread = thread::Builder::new().name("seawall-blocking".to_owned());
        if thread.spawn(move || pool.work()).is_err() {
            // The system has no thread for us. The others have one more to do; if there are none,
            // blocking here is better than never.
            self.work_alone();
        }
    }

    fn work_alone(&self) {
        let mut board = self.board();
        board.threads -= 1;
        let work = if board.threads == 0 { board.work.pop_front() } else { None };
        drop(board);
        work.into_iter().for_each(quietly);
    }

    /// What each thread does.
    fn work(&self) {
        let mut board = self.board();
        loop {
            if let Some(work) = board.work.pop_front() {
                drop(board);
                quietly(work);
                board = self.board();
            } else if board.is_dismissed {
                break;
            } else {
                board.idle += 1;
                let waited = self.news.wait_timeout(board, PATIENCE);
                let (again, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
                board = again;
                board.idle -= 1;
                if timed_out.timed_out() && board.work.is_empty() {
                    break;
                }
            }
        }
        board.threads -= 1;
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closing a resource may panic, which ends no thread. Who panics has been reported by the hook.
pub(super) fn quietly(work: Work) {
    let done = catch_unwind(AssertUnwindSafe(work));
    drop(done);
}
