use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::Event;

/// Receives events, for example for logs, metrics or tests.
///
/// It is called on the thread of the call, with no lock held, after all layers have been exited, so
/// it may call back into the components. A panic in an observer does not reach the call.
pub trait Observer: Send + Sync {
    /// Handles an event.
    fn observe(&self, event: &Event<'_>);
}

impl<O: Observer + ?Sized> Observer for &O {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }
}

impl<O: Observer + ?Sized> Observer for Box<O> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }
}

/// The observers of a driver.
#[derive(Clone, Default)]
pub(crate) struct Observers(Option<Arc<[Arc<dyn Observer>]>>);

impl Observers {
    pub(crate) fn with(&self, observer: Arc<dyn Observer>) -> Self {
        let known = self.0.iter().flat_map(|known| known.iter().cloned());
        Self(Some(known.chain([observer]).collect()))
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Calls every observer, even if an earlier one panics. Events are often emitted while a call
    /// unwinds, where a second panic would abort the process.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        for observer in self.0.iter().flat_map(|known| known.iter()) {
            let told = catch_unwind(AssertUnwindSafe(|| observer.observe(event)));
            drop(told);
        }
    }
}
