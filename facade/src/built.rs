use std::any::Any;
use std::sync::Arc;

use seawall_core::{Backend, Limiter, Status, Tick};

use crate::AnyLayer;
use crate::component_handle::ComponentHandle;

/// A component that was built from settings: as a backend for protections, and as the handle that
/// code asks for.
pub(crate) struct Built {
    pub(crate) layer: AnyLayer,
    limiter: Option<Arc<dyn Limiter>>,
    handle: Arc<dyn Any + Send + Sync>,
    type_name: &'static str,
    backend_name: &'static str,
    close: Box<dyn Fn() + Send + Sync>,
}

impl Built {
    #[cfg(feature = "__component")]
    pub(crate) fn new<H: ComponentHandle + Backend>(handle: H) -> Self {
        let closing = handle.clone();
        Self {
            layer: AnyLayer::new(&handle),
            limiter: None,
            handle: Arc::new(handle),
            type_name: H::PATH,
            backend_name: H::BACKEND,
            close: Box::new(move || closing.close()),
        }
    }

    #[cfg(feature = "ratelimit")]
    pub(crate) fn limiter<H: ComponentHandle + Limiter>(handle: H) -> Self {
        let limiter: Option<Arc<dyn Limiter>> = Some(Arc::new(handle.clone()));
        Self { limiter, ..Self::new(handle) }
    }

    /// Returns the component as a rate limiter that can do more than admit calls, otherwise the name
    /// of its backend.
    pub(crate) fn as_limiter(&self) -> Result<&Arc<dyn Limiter>, &'static str> {
        self.limiter.as_ref().ok_or(self.backend_name)
    }

    /// Returns the handle if it is an `H`, otherwise the name of the type that it is.
    pub(crate) fn handle<H: ComponentHandle>(&self) -> Result<H, &'static str> {
        self.handle.downcast_ref().cloned().ok_or(self.type_name)
    }

    pub(crate) fn status(&self, now: Tick) -> Status {
        self.layer.status(now).with_backend(self.backend_name)
    }

    /// Refuses all further calls, for components that can be closed.
    pub(crate) fn close(&self) {
        (self.close)();
    }
}
