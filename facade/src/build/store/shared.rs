use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use seawall_core::{Clock, Component, Detail, Driver, Layer, Status, Tick, Topic, error_text};
use seawall_store::{Contact, Script, Store, StoreError, StoreErrorKind, StoreKey};

use super::StoreOptions;
use super::connections::connect;
use super::contact::{Known, State};
use crate::background::{Background, Work};

/// A store as the components of one infrastructure have it: counts requests, and emits events when it is lost
/// and when it answers again. The connection behind it can be replaced while it is used.
pub(crate) struct SharedStore {
    layer: Layer,
    /// True if settings have a table for it.
    is_named: bool,
    driver: Driver,
    behind: Mutex<(StoreOptions, Arc<dyn Store>)>,
    known: Mutex<Known>,
    has_work: AtomicBool,
}

impl SharedStore {
    pub(super) fn new(
        name: Option<&str>,
        options: &StoreOptions,
        driver: &Driver,
    ) -> Result<Self, StoreError> {
        let store = connect(options)?;
        let layer = match name {
            Some(name) => Layer::new(Component::Store, name),
            None => Layer::new(Component::Store, store.place()),
        };
        Ok(Self {
            layer,
            is_named: name.is_some(),
            driver: driver.clone(),
            behind: Mutex::new((options.clone(), store)),
            known: Mutex::default(),
            has_work: AtomicBool::new(false),
        })
    }

    /// Returns true if this is the store of that name, or without one by these options, for `driver`.
    pub(super) fn is(&self, name: Option<&str>, options: &StoreOptions, driver: &Driver) -> bool {
        let behind = self.behind();
        let is_it = match name {
            Some(name) => {
                self.is_named
                    && self.layer.name().as_str() == name
                    && behind.0.is_same_place(options)
            }
            None => !self.is_named && behind.0 == *options,
        };
        is_it && self.driver.is_same(driver)
    }

    /// Reaches the store by other options from now on. Requests that are under way are answered on the
    /// connection that they were sent on.
    ///
    /// # Errors
    /// If the options are not valid; then nothing changes.
    pub(crate) fn follow(&self, options: &StoreOptions) -> Result<(), StoreError> {
        let mut behind = self.behind();
        if behind.0 != *options {
            *behind = (options.clone(), connect(options)?);
            drop(behind);
            self.known().want();
        }
        Ok(())
    }

    /// Adds the background work that contacts the store, unless it was added before.
    pub(crate) fn add_work(self: &Arc<Self>, background: &Background) {
        if self.has_work.swap(true, Ordering::Relaxed) {
            return;
        }
        let store = Arc::downgrade(self);
        let start = move || Box::pin(super::work::run(store.clone())) as Work;
        background.add_endless(&self.layer.to_string(), start);
    }

    /// Returns the store's kind and name.
    pub(crate) const fn layer(&self) -> &Layer {
        &self.layer
    }

    /// Returns why it is away, if it is: its last error, of which the event had the first.
    pub(crate) fn cause(&self) -> Option<String> {
        self.known().error().map(|error| error_text(error))
    }

    /// Returns whether it answers, and how many requests it was sent.
    pub(crate) fn status(&self, now: Tick) -> Status {
        let backend = self.behind().0.backend();
        let known = self.known();
        let state = match known.state {
            State::New => "connecting",
            State::Connected => "ready",
            State::Away => "away",
        };
        known.add_to(Status::new(&self.layer, state), now).with_backend(backend)
    }

    pub(super) const fn clock(&self) -> &Clock {
        self.driver.clock()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn behind(&self) -> MutexGuard<'_, (StoreOptions, Arc<dyn Store>)> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.behind().1)
    }

    /// Notes how a request ended that was sent at `sent`.
    fn ended(&self, sent: Tick, error: Option<&StoreError>) {
        let now = self.clock().now();
        let (topic, detail) = match error {
            // An answer, although not one that the script makes.
            Some(error) if error.kind() == StoreErrorKind::Garbled => {
                self.known().count_failure();
                return;
            }
            Some(error) if self.known().failed(sent, now, error) => {
                let cause: &(dyn std::error::Error + 'static) = error;
                (Topic::ComponentDegraded, Detail::degraded(Some(cause)))
            }
            None if self.known().answered(sent, now) => (Topic::ComponentRecovered, Detail::None),
            _ => return,
        };
        self.driver.emit(topic, &self.layer, || detail);
    }

    /// Begins a request.
    fn send(&self) -> UnderWay<'_> {
        UnderWay { store: self, sent: self.clock().now(), has_ended: false }
    }
}

/// A request that has not ended. One that is dropped was not answered in the caller's time.
struct UnderWay<'s> {
    store: &'s SharedStore,
    sent: Tick,
    has_ended: bool,
}

impl UnderWay<'_> {
    fn end<T>(mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.has_ended = true;
        self.store.ended(self.sent, result.as_ref().err());
        result
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let mut known = self.store.known();
            known.count_failure();
            known.want();
        }
    }
}

#[async_trait]
impl Store for SharedStore {
    fn place(&self) -> String {
        self.store().place()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        let (store, request) = (self.store(), self.send());
        let contact = request.end(store.contact().await)?;
        let warnings = self.known().met(contact.clone());
        for warning in warnings {
            let text = format!("{}: {warning}", store.place());
            self.driver.emit(Topic::StoreWarning, &self.layer, || Detail::Warning(&text));
        }
        Ok(contact)
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        let (store, request) = (self.store(), self.send());
        request.end(store.run(script, key, arguments).await)
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedStore({})", self.layer)
    }
}
