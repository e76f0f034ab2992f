//! What all clones of an infrastructure share.
//!
//! | file | holds |
//! |---|---|
//! | `table` | what runs, by name: [`Table`] |
//! | `running` | a component that runs: [`Running`] |
//! | `compose` | how protections are put together, and those that code composed |
//! | `retired` | components that a reload has removed or replaced: [`Retired`](retired::Retired) |
//! | `parts` | what protections are put together from: [`Parts`] |
//! | `policies` | budgets and policies that run |
//! | `coalescers` | coalescers and last good answers that code has asked for |
//! | `pools` | a pool that runs |
//! | `adopted` | pools that code made: [`AdoptedPools`](adopted::AdoptedPools) |

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seawall_core::{Component, Driver, Layer, Name, Refusal, RefusalKind, Status};

use crate::background::Background;
use crate::config::{ConfigError, Content};
use crate::control::{self, Manual};
use crate::reload::Engine;
use crate::shutdown::LastWorks;
use crate::swap::{Gate, Slot};
use crate::{CallRecorder, ConfigSource, health};

#[cfg(feature = "__pool")]
mod adopted;
mod coalescers;
mod compose;
mod controlled;
mod parts;
mod policies;
#[cfg(feature = "__pool")]
mod pools;
mod retired;
mod running;
mod table;

pub(crate) use self::coalescers::Described;
pub(crate) use self::compose::{Composed, Recipe, Snapshots};
pub(crate) use self::parts::{Keyed, Parts};
pub(crate) use self::policies::{Budgets, RunningBudget, RunningPolicy};
#[cfg(feature = "__pool")]
pub(crate) use self::pools::ConfiguredPool;
pub(crate) use self::running::{Running, RunningShadow};
pub(crate) use self::table::{Table, sorted};

/// Everything that runs, and the settings that it runs by.
pub(crate) struct Live {
    pub(crate) driver: Driver,
    /// The infrastructure itself, in events about its settings.
    pub(crate) layer: Layer,
    pub(crate) gate: Arc<Gate>,
    pub(crate) table: Arc<Slot<Arc<Table>>>,
    pub(crate) background: Arc<Background>,
    pub(crate) manual: Arc<Manual>,
    pub(crate) calls: Option<CallRecorder>,
    pub(crate) known: health::Known,
    pub(crate) coalescers: coalescers::Coalescers,
    pub(crate) host: health::HostSampler,
    pub(crate) retired: retired::Retired,
    /// What is done between the last call and the end.
    pub(crate) at_shutdown: Mutex<LastWorks>,
    #[cfg(feature = "__pool")]
    pub(crate) adopted: adopted::AdoptedPools,
    /// Locked while it is read, which may take a while, and before the engine.
    sources: Mutex<ConfigSource>,
    engine: Mutex<Engine>,
    is_closed: AtomicBool,
}

impl Live {
    /// Starts what the settings in `sources` describe.
    ///
    /// # Errors
    /// If anything is wrong with them, with all problems.
    pub(crate) fn start(
        driver: Driver,
        sources: ConfigSource,
        engine: Engine,
        calls: Option<CallRecorder>,
    ) -> Result<Arc<Self>, ConfigError> {
        let known = health::Known::default();
        let driver = driver.with_observer(known.clone());
        let gate = Arc::new(Gate::new());
        let namespace = driver.namespace().map_or("seawall", Name::as_str);
        let live = Self {
            layer: Layer::new(Component::Infrastructure, namespace),
            table: Arc::new(Slot::new(Arc::default(), Arc::clone(&gate))),
            gate,
            background: Arc::new(Background::new(driver.clone())),
            manual: Arc::default(),
            calls,
            known,
            host: health::HostSampler::new("/"),
            retired: Default::default(),
            at_shutdown: Mutex::default(),
            coalescers: Default::default(),
            #[cfg(feature = "__pool")]
            adopted: Default::default(),
            sources: Mutex::new(sources),
            engine: Mutex::new(engine),
            is_closed: AtomicBool::new(false),
            driver,
        };
        crate::reload::start(&live)?;
        let live = Arc::new(live);
        let weak = Arc::downgrade(&live);
        live.background.add_endless("control", move || Box::pin(control::expire(weak.clone())));
        let weak = Arc::downgrade(&live);
        live.background.add_endless("health", move || Box::pin(health::run(weak.clone())));
        if let Some(calls) = live.calls.clone() {
            let clock = live.driver.clock().clone();
            live.background
                .add_endless("calls", move || Box::pin(calls.clone().run(clock.clone())));
        }
        Ok(live)
    }

    /// Locks what changes the settings. No change is under way while the result is held.
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what the sources have now, and locks what changes the settings. Of two threads, the second one
    /// finds what is newer.
    pub(crate) fn gather(&self) -> (MutexGuard<'_, Engine>, Content) {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let content = sources.gather();
        (self.engine(), content)
    }

    /// Returns `status` with what the infrastructure knows of it.
    pub(crate) fn show(&self, status: Status) -> Status {
        let status = self.manual.show(status, self.driver.clock().now());
        status.with_namespace(self.driver.namespace().cloned())
    }

    /// Returns the status of every component, by kind and name.
    pub(crate) fn statuses(&self) -> Vec<Status> {
        let now = self.driver.clock().now();
        let statuses = self.current().statuses(now).into_iter();
        let statuses = statuses.chain(self.coalescers.statuses());
        #[cfg(feature = "__pool")]
        let adopted = self.adopted.all();
        #[cfg(feature = "__pool")]
        let statuses = statuses.chain(adopted.iter().map(|(_, pool)| pool.status(now)));
        statuses.map(|status| self.show(status)).collect()
    }

    /// Returns what runs now.
    pub(crate) fn current(&self) -> Arc<Table> {
        self.table.current().0
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Returns a refusal by the component called `name` if everything is closed.
    pub(crate) fn refuse_closed(&self, component: Component, name: &str) -> Result<(), Refusal> {
        match self.is_closed() {
            true => {
                let layer = Layer::new(component, name);
                Err(Refusal::new(RefusalKind::ShuttingDown, &layer))
            }
            false => Ok(()),
        }
    }

    /// Refuses all calls from now on. Those that were admitted go on, and find their components open.
    pub(crate) fn refuse_calls(&self) {
        let engine = self.engine();
        self.is_closed.store(true, Ordering::Release);
        let table = self.current();
        self.gate.change(|| {
            engine.composed.close();
            table.close_protections();
        });
    }

    /// Refuses all calls from now on, closes what can be closed, and ends the background work.
    pub(crate) fn close(&self) {
        self.refuse_calls();
        let engine = self.engine();
        self.current().close_components();
        self.retired.close();
        #[cfg(feature = "__pool")]
        self.adopted.close();
        drop(engine);
        self.background.close();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.background.close();
    }
}
