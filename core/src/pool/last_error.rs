use std::sync::Arc;

use crate::sync::{Mutex, lock};

/// The last error of a kind, until it is forgotten.
#[derive(Debug)]
pub struct LastError<E: ?Sized>(Mutex<Option<Arc<E>>>);

impl<E: ?Sized> LastError<E> {
    /// Returns the error.
    pub fn get(&self) -> Option<Arc<E>> {
        lock(&self.0).clone()
    }

    /// Replaces the error, or forgets it.
    pub fn set(&self, error: Option<Arc<E>>) {
        let last = std::mem::replace(&mut *lock(&self.0), error);
        drop(last);
    }
}

impl<E: ?Sized> Default for LastError<E> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}
