use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What went wrong last. Its lock is taken only when connecting ends, when a check fails, and by
/// who asks.
pub(crate) struct Trouble<E>(Mutex<Known<E>>);

struct Known<E> {
    is_down: bool,
    failed_connects: u64,
    failed_in_a_row: u32,
    connect: Option<Arc<E>>,
    check: Option<Arc<E>>,
}

impl<E> Trouble<E> {
    /// Of a pool that has not connected yet.
    pub(crate) fn not_connected_yet() -> Self {
        Self(Mutex::new(Known {
            is_down: true,
            failed_connects: 0,
            failed_in_a_row: 0,
            connect: None,
            check: None,
        }))
    }

    /// Connecting worked.
    pub(crate) fn connected(&self) {
        let last = {
            let mut known = self.known();
            (known.is_down, known.failed_in_a_row) = (false, 0);
            known.connect.take()
        };
        drop(last);
    }

    /// Connecting ended with an error; or with none, if it panicked or was cut.
    pub(crate) fn not_connected(&self, error: Option<Arc<E>>) {
        let mut known = self.known();
        known.is_down = true;
        known.failed_connects += 1;
        known.failed_in_a_row = known.failed_in_a_row.saturating_add(1);
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

    /// Has connecting not worked yet, or failed and not worked since?
    pub(crate) fn is_down(&self) -> bool {
        self.known().is_down
    }

    pub(crate) fn failed_connects(&self) -> u64 {
        self.known().failed_connects
    }

    /// How often it has failed since it last worked.
    pub(crate) fn failed_in_a_row(&self) -> u32 {
        self.known().failed_in_a_row
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

/// `create`, which is told to `trouble` if it panics.
pub(crate) async fn not_quietly<F: Future, E>(trouble: &Trouble<E>, create: F) -> F::Output {
    let mut create = pin!(create);
    poll_fn(|cx| {
        let panics = NotePanic(Some(trouble));
        let polled = create.as_mut().poll(cx);
        panics.forget();
        polled
    })
    .await
}

struct NotePanic<'a, E>(Option<&'a Trouble<E>>);

impl<E> NotePanic<'_, E> {
    fn forget(mut self) {
        self.0 = None;
    }
}

impl<E> Drop for NotePanic<'_, E> {
    fn drop(&mut self) {
        if let Some(trouble) = self.0 {
            trouble.not_connected(None);
        }
    }
}
