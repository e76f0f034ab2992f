use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_core::dry_run::{DryRun, Mode, Shadow};
use seawall_core::{Backend, Driver, Handle, Limiter, Status, Tick};

use crate::build::Instance;
use crate::control::{InFront, Manual};
use crate::{AnyLayer, UnknownName};

/// A component that runs. It stays the same while its options change in place.
pub(crate) struct Running {
    /// Tells it apart from all others, also from earlier ones of the same name.
    pub(crate) id: u64,
    pub(crate) backend: &'static str,
    pub(crate) instance: Instance,
    /// The instance in its mode, or manual control in front of that.
    pub(crate) layer: AnyLayer,
    /// Set unless it was always enforced and has no shadow.
    dry_run: Option<Arc<DryRun<AnyLayer>>>,
    shadow: Option<RunningShadow>,
    limiter: Option<Handle<Arc<dyn Limiter>>>,
    /// True if manual control is in front of it.
    is_controlled: bool,
    /// True if the settings do not have the name any more.
    is_removed: bool,
}

/// The shadow of a component, which is a layer behind it.
#[derive(Clone)]
pub(crate) struct RunningShadow {
    pub(crate) instance: Instance,
    layer: Arc<Shadow<AnyLayer>>,
}

impl From<Instance> for RunningShadow {
    fn from(instance: Instance) -> Self {
        let layer = Arc::new(Shadow::new(instance.layer.clone()));
        Self { instance, layer }
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

impl Running {
    pub(crate) fn new(
        backend: &'static str,
        instance: Instance,
        mode: Mode,
        shadow: Option<RunningShadow>,
        driver: &Driver,
    ) -> Self {
        let dry_run = || DryRun::new(instance.layer.clone(), mode);
        let dry_run = match (mode, &shadow) {
            (Mode::Enforce, None) => None,
            (_, None) => Some(dry_run()),
            (_, Some(shadow)) => Some(dry_run().with_shadow(&shadow.layer)),
        };
        Self::with(backend, instance, (dry_run.map(Arc::new), shadow), driver)
    }

    fn with(
        backend: &'static str,
        instance: Instance,
        (dry_run, shadow): (Option<Arc<DryRun<AnyLayer>>>, Option<RunningShadow>),
        driver: &Driver,
    ) -> Self {
        let limiter = instance.as_limiter().map(|limiter| {
            let limiter = Arc::clone(limiter);
            driver.handle(match &dry_run {
                Some(dry_run) => Arc::new(InFront::of(dry_run.clone(), limiter)) as _,
                None => limiter,
            })
        });
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let (is_controlled, is_removed) = (false, false);
        let layer = instance.layer.clone();
        let running = Self {
            id,
            backend,
            instance,
            layer,
            dry_run,
            shadow,
            limiter,
            is_controlled,
            is_removed,
        };
        Self { layer: running.base(), ..running }
    }

    /// Returns the component in a mode that it was not made for, or with another shadow.
    pub(crate) fn remade(
        &self,
        mode: Mode,
        shadow: Option<RunningShadow>,
        driver: &Driver,
    ) -> Self {
        Self::new(self.backend, self.instance.clone(), mode, shadow, driver)
    }

    /// Returns true if it can be in `mode` without being made anew.
    pub(crate) fn can_be(&self, mode: Mode) -> bool {
        self.dry_run.is_some() || mode == Mode::Enforce
    }

    /// Returns the shadow that runs, if there is one.
    pub(crate) const fn shadow(&self) -> Option<&RunningShadow> {
        self.shadow.as_ref()
    }

    /// Returns the layers of protections with the component: it and its shadow.
    pub(crate) fn layers(&self) -> impl Iterator<Item = AnyLayer> {
        let shadow =
            self.shadow.as_ref().map(|shadow| AnyLayer::Other(Arc::clone(&shadow.layer) as _));
        [self.layer.clone()].into_iter().chain(shadow)
    }

    /// Returns what changes the mode while calls run, if anything does.
    pub(crate) const fn dry_run(&self) -> Option<&Arc<DryRun<AnyLayer>>> {
        self.dry_run.as_ref()
    }

    /// Returns the component in its mode, without manual control.
    fn base(&self) -> AnyLayer {
        match &self.dry_run {
            Some(dry_run) => AnyLayer::Other(Arc::clone(dry_run) as _),
            None => self.instance.layer.clone(),
        }
    }

    /// Returns the same with the manual control in front of it that is in effect; `None` if there is
    /// none, and was none. One that `is_new` was not told of any.
    pub(crate) fn under(&self, manual: &Manual, driver: &Driver, is_new: bool) -> Option<Self> {
        let layer = self.instance.layer.layer();
        let (component, name) = (layer.component(), layer.name());
        let limiter = self.instance.as_limiter();
        let in_front = manual.in_front(component, name, &self.base(), limiter, is_new);
        let parts = (self.dry_run.clone(), self.shadow.clone());
        let without = Self::with(self.backend, self.instance.clone(), parts, driver);
        match in_front {
            None if self.is_controlled => Some(without),
            None => None,
            Some(in_front) => Some(Self {
                layer: AnyLayer::Other(Arc::clone(&in_front) as _),
                limiter: limiter.map(|_| driver.handle(in_front as _)),
                is_controlled: true,
                ..without
            }),
        }
    }

    /// Returns what takes the place of a component that is removed.
    pub(crate) fn removed(&self) -> Self {
        let (instance, limiter) = (self.instance.clone(), self.limiter.clone());
        let (layer, dry_run, shadow) =
            (self.layer.clone(), self.dry_run.clone(), self.shadow.clone());
        Self { instance, layer, dry_run, shadow, limiter, is_removed: true, ..*self }
    }

    pub(crate) const fn is_removed(&self) -> bool {
        self.is_removed
    }

    pub(crate) fn status(&self, now: Tick) -> Status {
        self.base().status(now).with_backend(self.backend)
    }

    /// Returns the status of its shadow, if it has one.
    pub(crate) fn shadow_status(&self, now: Tick) -> Option<Status> {
        let shadow = self.shadow.as_ref()?;
        Some(shadow.layer.status(now).with_backend(self.backend))
    }

    /// Returns the component as a rate limiter.
    ///
    /// # Errors
    /// If its backend only admits calls.
    pub(crate) fn limiter(&self) -> Result<&Handle<Arc<dyn Limiter>>, UnknownName> {
        let name = || self.instance.layer.layer().name().as_str();
        self.limiter.as_ref().ok_or_else(|| UnknownName::admits_only(name(), self.backend))
    }

    /// Returns the handle if it is an `H`, otherwise the name of the type that it is.
    pub(crate) fn handle<H: Clone + 'static>(&self) -> Result<H, &'static str> {
        self.instance.handle().cloned().ok_or(self.instance.type_name())
    }
}
