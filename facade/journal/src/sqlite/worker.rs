use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use futures_channel::oneshot;

use super::store::Store;
use crate::JournalError;

/// The thread that uses the file. It ends once the journal is dropped and everything is done that was
/// asked before.
pub(super) struct Worker(Sender<Job>);

type Job = Box<dyn FnOnce(&mut Store) + Send>;

impl Worker {
    pub(super) fn start(mut store: Store) -> Result<Self, JournalError> {
        let (jobs, asked) = channel::<Job>();
        let work = move || {
            for job in asked {
                // A panic drops the answer, which the asker takes for a closed journal.
                let _ended = catch_unwind(AssertUnwindSafe(|| job(&mut store)));
            }
        };
        let started = thread::Builder::new().name("seawall-journal".to_owned()).spawn(work);
        let failed =
            |error| JournalError::unavailable("no thread can be started").with_source(error);
        started.map(|_thread| Self(jobs)).map_err(failed)
    }

    /// Has the thread do something that nothing waits for.
    pub(super) fn tell(&self, job: impl FnOnce(&mut Store) + Send + 'static) {
        // The thread ends with the journal.
        let _told = self.0.send(Box::new(job));
    }

    /// Has the thread do something, and returns what came of it. What was asked is done also if the
    /// future is dropped.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let (answer, answered) = oneshot::channel();
        let job = move |store: &mut Store| _ = answer.send(job(store));
        self.0.send(Box::new(job)).map_err(|_gone| JournalError::closed())?;
        answered.await.map_err(|_gone| JournalError::closed())?
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}
