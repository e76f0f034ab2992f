use std::any::Any;
use std::sync::Arc;

use seawall_core::Backend;

/// A component that was built: as what calls are led through, and as what it is.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) backend: Arc<dyn Backend>,
    handle: Arc<dyn Any + Send + Sync>,
}

impl Part {
    pub(crate) fn new<H: Backend + Clone + 'static>(handle: H) -> Self {
        Self { backend: Arc::new(handle.clone()), handle: Arc::new(handle) }
    }

    /// The component as what it is, if that is an `H`.
    pub(crate) fn handle<H: Clone + 'static>(&self) -> Option<H> {
        self.handle.downcast_ref().cloned()
    }
}
