use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::Event;

/// Someone who wants to know: logs, metrics, a journal, a test.
///
/// Called on the path of the call it is about, with no lock held, after the books are closed: an
/// observer may call back into what it observes. One that panics is not heard by the call.
pub trait Observer: Send + Sync {
    /// Something happened.
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

    /// Tells everyone, whatever becomes of those told before. Events are often sent while a call is
    /// being unwound, where one more panic would end the process.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        for observer in self.0.iter().flat_map(|known| known.iter()) {
            let told = catch_unwind(AssertUnwindSafe(|| observer.observe(event)));
            drop(told);
        }
    }
}
