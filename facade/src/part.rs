use std::any::Any;
use std::sync::Arc;

use seawall_core::{Backend, Limiter};

/// A component that was built: as what calls are led through, and as what it is.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) backend: Arc<dyn Backend>,
    /// The same as a rate limiter, if it is one.
    limiter: Option<Arc<dyn Limiter>>,
    handle: Arc<dyn Any + Send + Sync>,
}

impl Part {
    pub(crate) fn new<H: Backend + Clone + 'static>(handle: H) -> Self {
        Self { backend: Arc::new(handle.clone()), limiter: None, handle: Arc::new(handle) }
    }

    #[cfg_attr(
        not(any(feature = "ratelimit", feature = "ratelimit-governor")),
        allow(dead_code, reason = "without a backend there is no limiter")
    )]
    pub(crate) fn limiter<H: Limiter + Clone + 'static>(handle: H) -> Self {
        let limiter: Option<Arc<dyn Limiter>> = Some(Arc::new(handle.clone()));
        Self { limiter, ..Self::new(handle) }
    }

    /// The component as a rate limiter, if it is one.
    pub(crate) fn as_limiter(&self) -> Option<&Arc<dyn Limiter>> {
        self.limiter.as_ref()
    }

    /// The component as what it is, if that is an `H`.
    pub(crate) fn handle<H: Clone + 'static>(&self) -> Option<H> {
        self.handle.downcast_ref().cloned()
    }
}
