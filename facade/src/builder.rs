use seawall_core::{Clock, Driver, Name, Observer};

use crate::build::Catalogue;
use crate::config::ConfigError;
use crate::infrastructure::Infrastructure;
use crate::live::Live;
use crate::plan::Plan;
use crate::reload::Engine;
use crate::{CallRecorder, ComponentBackend, ConfigSource, Watch, plan};

/// Builds an [`Infrastructure`].
#[must_use = "nothing is started before `build`"]
#[derive(Default)]
pub struct Builder {
    config: ConfigSource,
    backends: Catalogue,
    clock: Option<Clock>,
    driver: Driver,
    watch: Option<Watch>,
    calls: Option<CallRecorder>,
    #[cfg(feature = "__pool")]
    pools: Vec<crate::pool::GivenPool>,
    assumes_managers: bool,
}

impl Builder {
    /// Sets the sources of the settings.
    pub fn config(mut self, config: ConfigSource) -> Self {
        self.config = config;
        self
    }

    /// Sets the clock. The default is `Clock::fast()`: with the feature `quanta`, which is on by
    /// default, the processor's cycle counter where that is steady, otherwise the system's clock. By the
    /// counter, lengths of time are those of the system's clock to a thousandth, which is checked at the
    /// start.
    ///
    /// In tests, use a `ManualClock` of `seawall-testkit`. Under `tokio::time::pause`, use
    /// `Clock::tokio()` (feature `tokio`): other clocks go on while Tokio's is paused.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Adds an observer, which receives every event.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.driver = self.driver.with_observer(observer);
        self
    }

    /// Records how the calls under each protection end and how long they take, for
    /// [`Infrastructure::calls`] and [`Infrastructure::health`]. Calls then cost an event each.
    pub fn record_calls(mut self) -> Self {
        if self.calls.is_none() {
            let calls = CallRecorder::new();
            self = self.observer(calls.clone());
            self.calls = Some(calls);
        }
        self
    }

    /// Puts the keys of calls into their events, as [`Driver::with_keys_in_events`] does. Keys may be
    /// personal data, so that events do not have them by default.
    pub fn keys_in_events(mut self) -> Self {
        self.driver = self.driver.with_keys_in_events();
        self
    }

    /// Sets the namespace: a name for this infrastructure, where there are several in one program. Events
    /// and statuses have it.
    pub fn namespace(mut self, namespace: impl Into<Name>) -> Self {
        self.driver = self.driver.with_namespace(namespace);
        self
    }

    /// Looks for changes of the settings, as part of the background work, and applies them as
    /// [`Infrastructure::reload`] does. Settings that are wrong are reported once for each content that
    /// the sources have: by [`Topic::ConfigRejected`](crate::Topic::ConfigRejected) and in
    /// [`Infrastructure::config_status`].
    ///
    /// ```no_run
    /// # #[cfg(feature = "tokio")]
    /// # async fn example() -> Result<(), seawall::ConfigError> {
    /// use seawall::{ConfigSource, Infrastructure, Watch};
    ///
    /// let settings = ConfigSource::new().file("seawall.toml").environment();
    /// let infra = Infrastructure::builder().config(settings).watch(Watch::new()).build()?;
    /// tokio::spawn(infra.run());
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(mut self, watch: Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Adds the pool `name`, whose connections `manager` makes. Its options are those of
    /// `[pool.NAME]` in the settings, or the defaults. It connects when it is first used, so that
    /// [`build`](Self::build) never waits. Two managers for one name are a problem that `build`
    /// reports.
    #[cfg(feature = "__pool")]
    pub fn pool(
        mut self,
        name: impl Into<String>,
        manager: impl seawall_core::pool::Manage,
    ) -> Self {
        self.pools.push(crate::pool::GivenPool::new(name.into(), manager));
        self
    }

    /// Adds a backend that settings can name. A name that another backend of the kind has is a problem
    /// that [`build`](Self::build) reports.
    pub fn backend(mut self, backend: impl ComponentBackend) -> Self {
        self.backends.add(backend);
        self
    }

    /// Takes it that code gives a manager for each pool in the settings. It changes
    /// [`plan`](Self::plan) alone: for commands that have the settings, but not the code.
    pub fn assume_managers(mut self) -> Self {
        self.assumes_managers = true;
        self
    }

    /// Returns the JSON Schema of settings with the backends that were added: see
    /// [`schema`](crate::schema()).
    #[must_use]
    pub fn schema(&self) -> serde_json::Value {
        crate::schema::of(&self.backends)
    }

    /// Reads the settings and returns what they describe. Nothing is started: it is a dry run, for
    /// commands that check or show settings.
    ///
    /// # Errors
    /// If anything is wrong with the settings, with all problems.
    pub fn plan(&self) -> Result<Plan, ConfigError> {
        #[cfg(feature = "__pool")]
        let given: Vec<_> = self.pools.iter().map(|pool| pool.name.clone()).collect();
        #[cfg(not(feature = "__pool"))]
        let given = Vec::new();
        self.backends.check()?;
        let reader = self.config.read()?;
        let given = (!self.assumes_managers).then_some(&given[..]);
        let plan = plan::read(&reader, &self.backends, given);
        reader.finish()?;
        Ok(plan)
    }

    /// Reads the settings and starts what they describe.
    ///
    /// # Errors
    /// If anything is wrong with the settings, with all problems; then nothing is started.
    pub fn build(self) -> Result<Infrastructure, ConfigError> {
        let driver = self.driver.with_clock(self.clock.unwrap_or_else(Clock::fast));
        let engine = Engine::new(self.backends);
        #[cfg(feature = "__pool")]
        let engine = engine.with_pools(self.pools);
        let live = Live::start(driver, self.config.clone(), engine, self.calls)?;
        if let Some(watch) = self.watch {
            watch.add_to(&live, self.config);
        }
        Ok(Infrastructure::new(live))
    }
}

seawall_core::__debug! { impl Builder: self { config: self.config } }
