use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "__store")]
use seawall_core::InvalidOption;
use seawall_core::{Backend, Limiter, ManualControl};

use super::component_handle::path_of;
#[cfg(feature = "__store")]
use super::store::{SharedStore, StoreRef};
use crate::AnyLayer;
use crate::background::{Background, Work};

/// A running component, whatever its backend: as a layer of protections, and as the handle that code
/// asks for. Clones share the component.
#[derive(Clone)]
pub struct Instance {
    pub(crate) layer: AnyLayer,
    limiter: Option<Arc<dyn Limiter>>,
    handle: Arc<dyn Any + Send + Sync>,
    type_name: &'static str,
    control: Option<Arc<dyn ManualControl>>,
    close: Option<Arc<dyn Fn() + Send + Sync>>,
    work: Option<Arc<InstanceWork>>,
    #[cfg(feature = "__store")]
    store: Option<Arc<SharedStore>>,
}

/// The background work of a component.
struct InstanceWork {
    start: Box<dyn Fn() -> Work + Send + Sync>,
    is_added: AtomicBool,
}

impl Instance {
    /// Creates the instance of a breaker or a bulkhead.
    pub fn new<H: Backend + Clone + 'static>(handle: H) -> Self {
        Self {
            layer: AnyLayer::new(&handle),
            limiter: None,
            handle: Arc::new(handle),
            type_name: path_of::<H>(),
            control: None,
            close: None,
            work: None,
            #[cfg(feature = "__store")]
            store: None,
        }
    }

    /// Creates the instance of a rate limiter.
    pub fn limiter<H: Limiter + Clone + 'static>(handle: H) -> Self {
        let limiter: Option<Arc<dyn Limiter>> = Some(Arc::new(handle.clone()));
        Self { limiter, ..Self::new(handle) }
    }

    /// Sets what controls the component: usually its handle. What it does not support is done in front of
    /// the component.
    #[must_use]
    pub fn with_control(mut self, control: impl ManualControl + 'static) -> Self {
        self.control = Some(Arc::new(control));
        self
    }

    /// Sets what refuses all further calls, also those that wait, when everything is closed.
    #[must_use]
    pub fn with_close(mut self, close: impl Fn() + Send + Sync + 'static) -> Self {
        self.close = Some(Arc::new(close));
        self
    }

    /// Sets the component's background work: `start` returns a future that does it, and is called again if that
    /// panics. It is done by [`Infrastructure::run`](crate::Infrastructure::run).
    #[must_use]
    pub fn with_work<F: Future<Output = ()> + Send + 'static>(
        mut self,
        start: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        let start = Box::new(move || Box::pin(start()) as Work);
        self.work = Some(Arc::new(InstanceWork { start, is_added: AtomicBool::new(false) }));
        self
    }

    /// Sets the store that the component is in.
    #[cfg(feature = "__store")]
    #[must_use]
    pub(super) fn with_store(mut self, store: Arc<SharedStore>) -> Self {
        self.store = Some(store);
        self
    }

    /// Returns the store that the component is in, if it is in one.
    #[cfg(feature = "__store")]
    pub(crate) const fn store(&self) -> Option<&Arc<SharedStore>> {
        self.store.as_ref()
    }

    /// Has the component's store reached as `store` says.
    #[cfg(feature = "__store")]
    pub(super) fn follow_store(&self, store: &StoreRef) -> Result<(), InvalidOption> {
        let Some(running) = &self.store else { return Ok(()) };
        running.follow(store.options()).map_err(|error| {
            let layer = self.layer.layer();
            InvalidOption::new(layer, "store", error.problem().to_owned())
        })
    }

    /// Adds the background work, unless it was added before.
    pub(crate) fn add_work(&self, background: &Background) {
        #[cfg(feature = "__store")]
        if let Some(store) = &self.store {
            store.add_work(background);
        }
        let Some(work) = &self.work else { return };
        if work.is_added.swap(true, Ordering::Relaxed) {
            return;
        }
        let weak = Arc::downgrade(work);
        background.add_endless(&self.layer.layer().to_string(), move || match weak.upgrade() {
            Some(work) => (work.start)(),
            None => Box::pin(std::future::ready(())),
        });
    }

    /// Returns true if both are the same component.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.handle, &other.handle)
    }

    /// Returns the component as a layer of protections.
    #[must_use]
    pub const fn layer(&self) -> &AnyLayer {
        &self.layer
    }

    /// Returns the handle that it was created with, if that is an `H`.
    #[must_use]
    pub fn handle<H: 'static>(&self) -> Option<&H> {
        self.handle.downcast_ref()
    }

    /// Returns the component as a rate limiter, if it is one.
    pub(crate) fn as_limiter(&self) -> Option<&Arc<dyn Limiter>> {
        self.limiter.as_ref()
    }

    /// Returns what controls the component, if its backend has that.
    pub(crate) fn control(&self) -> Option<&dyn ManualControl> {
        self.control.as_deref()
    }

    /// Returns the type of the handle.
    pub(crate) const fn type_name(&self) -> &'static str {
        self.type_name
    }

    pub(crate) fn close(&self) {
        if let Some(close) = &self.close {
            close();
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instance").field(self.layer.layer()).finish()
    }
}
