use std::sync::Arc;

use seawall_core::dry_run::{DryRun, Mode};
use seawall_core::{Backend, Component, Driver, Error, Handle, Stack, Status};
use seawall_testkit::{ManualClock, Recorder, Scripted};

/// A protection with a bulkhead, a breaker in some mode, and all that goes with it.
pub(crate) struct Fixture {
    pub(crate) time: ManualClock,
    pub(crate) bulkhead: Arc<Scripted>,
    pub(crate) breaker: Arc<Scripted>,
    pub(crate) dry_run: Arc<DryRun<Arc<Scripted>>>,
    pub(crate) handle: Handle<Stack<Arc<dyn Backend>>>,
}

impl Fixture {
    pub(crate) fn new(mode: Mode) -> Self {
        Self::with(|breaker| (DryRun::new(breaker, mode), None))
    }

    /// With what `make` makes of the breaker, and perhaps a shadow behind it.
    pub(crate) fn with(
        make: impl FnOnce(Arc<Scripted>) -> (DryRun<Arc<Scripted>>, Option<Arc<dyn Backend>>),
    ) -> Self {
        let time = ManualClock::new();
        let driver = Driver::new().with_clock(time.clock()).with_observer(Recorder::new());
        let bulkhead = Arc::new(Scripted::new(Component::Bulkhead, "payments"));
        let breaker = Arc::new(Scripted::new(Component::CircuitBreaker, "payments"));
        let (dry_run, shadow) = make(breaker.clone());
        let dry_run = Arc::new(dry_run);
        let mut layers: Vec<Arc<dyn Backend>> = vec![bulkhead.clone(), dry_run.clone()];
        layers.extend(shadow);
        let handle = driver.handle(Stack::new("payments", layers).expect("valid layers"));
        Self { time, bulkhead, breaker, dry_run, handle }
    }

    pub(crate) fn run(&self) -> Result<(), Error<&'static str>> {
        self.time.block_on(self.handle.run(async || Ok(())))
    }

    pub(crate) fn status(&self) -> Status {
        self.dry_run.status(self.time.now())
    }

    pub(crate) fn reading(&self, name: &str) -> u64 {
        self.status().reading(name).expect("a reading")
    }

    #[track_caller]
    pub(crate) fn assert_closed(&self, when: impl std::fmt::Debug) {
        for layer in [&self.bulkhead, &self.breaker] {
            assert_eq!(layer.counts().in_flight(), 0, "{when:?}");
        }
    }
}
