use std::sync::OnceLock;

use tokio::runtime::{EnterGuard, Handle};

/// The Tokio runtime that the pool was first used in, for managers and connections that need one. Threads
/// outside of any runtime enter it.
#[derive(Debug)]
pub(crate) struct Runtime(OnceLock<Handle>);

impl Runtime {
    /// Takes the runtime that the caller is in, if it is in one.
    pub(crate) fn current() -> Self {
        Self(Handle::try_current().map(OnceLock::from).unwrap_or_default())
    }

    /// Enters the runtime, if there is one and the caller is not in any.
    #[inline]
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        // Asking for the number of a task counts no reference.
        let is_entered = self.0.get().is_some() && tokio::task::try_id().is_some();
        if is_entered { None } else { self.enter_outside_of_tasks() }
    }

    #[cold]
    fn enter_outside_of_tasks(&self) -> Option<EnterGuard<'_>> {
        match Handle::try_current() {
            Ok(handle) => {
                self.0.get_or_init(|| handle);
                None
            }
            Err(_outside) => self.0.get().map(Handle::enter),
        }
    }
}
