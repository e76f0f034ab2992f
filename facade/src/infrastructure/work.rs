use std::future::Future;
use std::sync::Arc;

use seawall_core::{BoxError, Component, InvalidOption, Layer};

use crate::{Infrastructure, WorkStatus};

/// Background work, all of it in one future.
impl Infrastructure {
    /// Does all background work, also what is added later: `tokio::spawn(infra.run())`. Pools that are
    /// degraded connect, with backoff; `min_idle` connections are kept idle, and those that are too old
    /// are closed. Without it, a pool does that work only while it lends.
    ///
    /// Where a pool's settings name a `breaker`, its background connects are calls through that breaker:
    /// their failures count, and while it is open, nothing is connected.
    ///
    /// Work that fails or panics is reported by
    /// [`Topic::BackgroundFailed`](crate::Topic::BackgroundFailed) and starts again after a second, later
    /// after a minute at most, while all other work goes on: see [`work`](Self::work).
    ///
    /// It needs no runtime except for what the managers need. It ends once everything is closed, by
    /// [`shutdown`](Self::shutdown) or [`close`](Self::close), or because no clone of the infrastructure
    /// is left, and the work has ended. Dropping it loses nothing: of several such futures one does the
    /// work, and another one goes on with it.
    pub fn run(&self) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(&self.live.background).run()
    }

    /// Does all background work on this thread, which it blocks until everything is closed: see
    /// [`run`](Self::run). Managers that need a runtime find one only if the thread has entered it.
    ///
    /// # Panics
    /// If the clock stands still while this thread is blocked.
    pub fn run_blocking(&self) {
        let clock = self.clock().clone();
        clock.block_on(self.run());
    }

    /// Adds work of the application to [`run`](Self::run): what `start` returns is polled with all other
    /// background work. If it fails or panics, it is started again after a while, as all work is; if it
    /// returns `Ok`, it has ended. It is dropped when everything is closed.
    ///
    /// ```
    /// # use seawall::Infrastructure;
    /// # let infra = Infrastructure::builder().build()?;
    /// # let clock = infra.clock().clone();
    /// infra.supervise("heartbeat", move || {
    ///     let clock = clock.clone();
    ///     async move {
    ///         loop {
    ///             println!("still here");
    ///             clock.sleep_until(clock.now() + std::time::Duration::from_secs(60)).await;
    ///         }
    ///         # #[expect(unreachable_code, reason = "the type of the errors")]
    ///         Ok::<(), std::io::Error>(())
    ///     }
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the application has added work of that name before.
    pub fn supervise<F, E>(
        &self,
        name: &str,
        start: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<(), InvalidOption>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let start = move || {
            let work = start();
            Box::pin(async move { work.await.map_err(Into::into) }) as _
        };
        if self.live.background.add_fallible(name, start) {
            return Ok(());
        }
        let layer = Layer::new(Component::Infrastructure, name);
        Err(InvalidOption::new(&layer, "name", "is the name of other background work"))
    }

    /// Returns the status of all background work, by name.
    #[must_use]
    pub fn work(&self) -> Vec<WorkStatus> {
        self.live.background.statuses(self.clock().now())
    }
}
