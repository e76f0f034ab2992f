use std::marker::PhantomData;
use std::time::Duration;

use seawall_breaker::BreakerOptions;
use seawall_breaker_redis::{SharedBreaker, SharedOptions};
use seawall_core::{Component, Driver, InvalidOption, Layer};

use super::joined;
use super::native::{agree, options, settings as circuit};
use crate::build::store::{self, InStore, StoreRef};
use crate::build::{ComponentBackend, Instance, OnChange, settings};
use crate::config::{NameOf, Setting, SettingDef, Table};

const MAX: u32 = BreakerOptions::MAX_COUNT;

settings! {
    STORE: NameOf = store::STORE;
    URL: String = store::URL;
    EXCHANGE_EVERY: Duration =
        Setting::duration("exchange_every", "time between exchanges with the other instances")
            .default("250ms");
    VIEW_WINDOW: Duration =
        Setting::duration("view_window", "duration whose calls the shared view counts")
            .default("2s");
    SHARED_MINIMUM_CALLS: u32 = Setting::count(
        "shared_minimum_calls",
        "number of calls of all instances below which the shared circuit does not open",
    )
    .max(MAX)
    .unit("calls")
    .default("20");
    SHARED_FAILURE_RATE: f64 = Setting::ratio(
        "shared_failure_rate",
        "fraction of the calls of all instances that opens it by failing",
    )
    .default("0.5");
    FAILING_NODES: u32 =
        Setting::count("failing_nodes", "number of instances for which the service has to fail")
            .max(MAX)
            .unit("instances")
            .default("2");
    FAILING_SHARE: f64 = Setting::ratio(
        "failing_share",
        "fraction of the active instances for which the service has to fail",
    )
    .default("0.333333");
    SHARED_PROBE_LEASE: Duration = Setting::duration(
        "shared_probe_lease",
        "how long one instance may probe for all without renewing its lease",
    )
    .default("1s");
    KEY_SECRET: String = store::KEY_SECRET;
}

/// Circuit breakers of `seawall-breaker-redis`, with a view in a store of the kind `K`.
#[derive(Default)]
pub(in crate::build) struct Shared<K>(PhantomData<K>);

/// The breaker, and the store.
#[derive(Clone, PartialEq)]
pub(in crate::build) struct Options {
    store: StoreRef,
    shared: SharedOptions,
}

impl<K: InStore> ComponentBackend for Shared<K> {
    const COMPONENT: Component = Component::CircuitBreaker;
    const NAME: &'static str = K::NAME;
    const SETTINGS: &'static [SettingDef] =
        &joined::<{ circuit::SETTINGS.len() + SETTINGS.len() }>(circuit::SETTINGS, SETTINGS);
    type Options = Options;

    fn read(&self, table: &Table<'_>) -> Option<Options> {
        let store = StoreRef::read(table, K::NAME);
        let circuit = options::circuit(table);
        let (every, window) = (table.get(&EXCHANGE_EVERY), table.get(&VIEW_WINDOW));
        let calls = table.get(&SHARED_MINIMUM_CALLS);
        let rate = options::ratio(table, &SHARED_FAILURE_RATE);
        let nodes = table.get(&FAILING_NODES);
        let share = options::ratio(table, &FAILING_SHARE);
        let lease = table.get(&SHARED_PROBE_LEASE);
        if !agree::check(table) {
            return None;
        }
        let shared = SharedOptions::new(circuit?)
            .exchange_every(every?)
            .view_window(window?)
            .shared_minimum_calls(calls?)
            .shared_failure_rate(rate?)
            .failing_nodes(nodes?)
            .failing_share(share?)
            .shared_probe_lease(lease?);
        table.accept(shared.validate())?;
        let store = store?;
        let shared = shared.key_secret(store.secret().unwrap_or_default());
        Some(Options { store, shared })
    }

    fn start(
        &self,
        name: &str,
        options: &Options,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        let store = options.store.open(&Layer::new(Component::CircuitBreaker, name), driver)?;
        let breaker = SharedBreaker::start(&options.shared, store.clone())?;
        let breaker = breaker.with_driver(driver.clone());
        let (works, control) = (breaker.clone(), breaker.clone());
        let instance = Instance::new(breaker).with_control(control).with_store(store);
        Ok(instance.with_work(move || works.run()))
    }

    fn on_change(&self, old: &Options, new: &Options) -> OnChange {
        old.store.on_change(&new.store).map_or(OnChange::InPlace, OnChange::Restart)
    }

    fn reconfigure(
        &self,
        running: &Instance,
        _old: &Options,
        new: &Options,
    ) -> Result<(), InvalidOption> {
        let Some(breaker) = running.handle::<SharedBreaker>() else { return Ok(()) };
        breaker.reconfigure(&new.shared)?;
        running.follow_store(&new.store)
    }
}
