use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What went wrong last. Its lock is taken only when connecting ends, when a check fails, and by
/// who asks.
pub(crate) struct Trouble<E>(Mutex<Known<E>>);

struct Known<E> {
    is_down: bool,
    failed_connects: u64,
    connect: Option<Arc<E>>,
    check: Option<Arc<E>>,
}

impl<E> Trouble<E> {
    pub(crate) fn none() -> Self {
        let known = Known { is_down: false, failed_connects: 0, connect: None, check: None };
        Self(Mutex::new(known))
    }

    /// Connecting worked.
    pub(crate) fn connected(&self) {
        let last = {
            let mut known = self.known();
            known.is_down = false;
            known.connect.take()
        };
        drop(last);
    }

    /// Connecting ended with an error; or with none, if it panicked or was cut.
    pub(crate) fn not_connected(&self, error: Option<Arc<E>>) {
        let mut known = self.known();
        known.is_down = true;
        known.failed_connects += 1;
        let last = match error {
            Some(_) => std::mem::replace(&mut known.connect, error),
            None => None,
        };
        drop(known);
        drop(last);
    }

    /// A check or a reset ended with an error.
    pub(crate) fn not_good(&self, error: Arc<E>) {
        let last = self.known().check.replace(error);
        drop(last);
    }

    /// Has connecting failed, and not worked since?
    pub(crate) fn is_down(&self) -> bool {
        self.known().is_down
    }

    pub(crate) fn failed_connects(&self) -> u64 {
        self.known().failed_connects
    }

    /// The last error that connecting ended with, if it has not worked since.
    pub(crate) fn connect_error(&self) -> Option<Arc<E>> {
        self.known().connect.clone()
    }

    /// The last error that a check or a reset ended with.
    pub(crate) fn check_error(&self) -> Option<Arc<E>> {
        self.known().check.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known<E>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
