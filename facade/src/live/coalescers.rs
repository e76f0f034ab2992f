use std::any::{Any, type_name};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use seawall_core::policy::{Coalescer, LastGood};
use seawall_core::{Driver, InvalidOption, Status};

use crate::plan::{CoalescerKind, Plan};

/// The coalescers and last good answers that code has asked for, by name. Code says which values they have, so
/// they start when it asks first.
#[derive(Default)]
pub(crate) struct Coalescers(Mutex<BTreeMap<Box<str>, Arc<dyn AnyDescribed>>>);

/// One of values of any type.
trait AnyDescribed: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn path(&self) -> String;
    fn reconfigure(&self, options: &CoalescerKind) -> Result<(), InvalidOption>;
    fn status(&self) -> Status;
}

/// What settings describe, of values that code says.
pub(crate) trait Described: Clone + Send + Sync + 'static {
    /// Returns the path of the type, as users write it.
    fn path() -> String;
    /// Returns true if the options are of this kind.
    fn is_of(options: &CoalescerKind) -> bool;
    /// Starts it; `None` if `options` are of the other kind.
    fn start(options: &CoalescerKind, driver: &Driver) -> Option<Result<Self, InvalidOption>>;
    fn change(&self, options: &CoalescerKind) -> Result<(), InvalidOption>;
    fn current(&self) -> Status;
}

impl<D: Described> AnyDescribed for D {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn path(&self) -> String {
        D::path()
    }

    fn reconfigure(&self, options: &CoalescerKind) -> Result<(), InvalidOption> {
        self.change(options)
    }

    fn status(&self) -> Status {
        self.current()
    }
}

impl<T: Send + Sync + 'static, E: Send + Sync + 'static> Described for Coalescer<T, E> {
    fn path() -> String {
        path::<T, E>("Coalescer")
    }

    fn is_of(options: &CoalescerKind) -> bool {
        matches!(options, CoalescerKind::Coalescer(_))
    }

    fn start(options: &CoalescerKind, _: &Driver) -> Option<Result<Self, InvalidOption>> {
        let CoalescerKind::Coalescer(options) = options else { return None };
        Some(Self::start(options))
    }

    fn change(&self, options: &CoalescerKind) -> Result<(), InvalidOption> {
        let CoalescerKind::Coalescer(options) = options else { return Ok(()) };
        self.reconfigure(options)
    }

    fn current(&self) -> Status {
        self.status()
    }
}

impl<T: Send + Sync + 'static, E: Send + Sync + 'static> Described for LastGood<T, E> {
    fn path() -> String {
        path::<T, E>("LastGood")
    }

    fn is_of(options: &CoalescerKind) -> bool {
        matches!(options, CoalescerKind::LastGood(_))
    }

    fn start(options: &CoalescerKind, driver: &Driver) -> Option<Result<Self, InvalidOption>> {
        let CoalescerKind::LastGood(options) = options else { return None };
        Some(Self::start(options).map(|started| started.with_driver(driver)))
    }

    fn change(&self, options: &CoalescerKind) -> Result<(), InvalidOption> {
        let CoalescerKind::LastGood(options) = options else { return Ok(()) };
        self.reconfigure(options)
    }

    fn current(&self) -> Status {
        self.status()
    }
}

fn path<T, E>(of: &str) -> String {
    format!("seawall::policy::{of}<{}, {}>", type_name::<T>(), type_name::<E>())
}

impl Coalescers {
    /// Returns the one called `name`, which starts with `options` if code asks for it first. `Err` has the type
    /// of which code asked for it before; `None` is one of the other kind.
    pub(crate) fn get<D: Described>(
        &self,
        name: &str,
        options: &CoalescerKind,
        driver: &Driver,
    ) -> Option<Result<D, String>> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = running.get(name) {
            let typed = known.as_any().downcast_ref::<D>().cloned();
            return Some(typed.ok_or_else(|| known.path()));
        }
        // The options were checked when they were read.
        let started = D::start(options, driver)?.ok()?;
        running.insert(name.into(), Arc::new(started.clone()));
        Some(Ok(started))
    }

    /// Returns true if code has asked for `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// Changes all to what `plan` describes.
    pub(crate) fn follow(&self, plan: &Plan) {
        for (name, running) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            if let Some(planned) = plan.coalescers.get(name) {
                // They were checked when they were read.
                let _ = running.reconfigure(&planned.options);
            }
        }
    }

    /// Returns the status of each, by name.
    pub(crate) fn statuses(&self) -> Vec<Status> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().map(|running| running.status()).collect()
    }
}
