use std::sync::{Arc, Mutex, PoisonError};

/// The errors that callers and operators may ask for.
pub(crate) struct LastErrors<E> {
    /// Of the last connect, if none has succeeded since.
    connect: Mutex<Option<Arc<E>>>,
    /// Of the last check or reset that failed.
    check: Mutex<Option<Arc<E>>>,
}

impl<E> LastErrors<E> {
    pub(crate) const fn new() -> Self {
        Self { connect: Mutex::new(None), check: Mutex::new(None) }
    }

    pub(crate) fn connect(&self) -> Option<Arc<E>> {
        get(&self.connect)
    }

    pub(crate) fn set_connect(&self, error: Option<Arc<E>>) {
        set(&self.connect, error);
    }

    pub(crate) fn check(&self) -> Option<Arc<E>> {
        get(&self.check)
    }

    pub(crate) fn set_check(&self, error: Arc<E>) {
        set(&self.check, Some(error));
    }
}

fn get<E>(error: &Mutex<Option<Arc<E>>>) -> Option<Arc<E>> {
    error.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set<E>(known: &Mutex<Option<Arc<E>>>, error: Option<Arc<E>>) {
    let last = std::mem::replace(&mut *known.lock().unwrap_or_else(PoisonError::into_inner), error);
    drop(last);
}
