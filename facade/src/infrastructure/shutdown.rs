use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use seawall_core::{BoxError, Name};

use crate::{Infrastructure, Shutdown, shutdown};

/// The end of a service.
impl Infrastructure {
    /// Ends everything, in this order and within `limit`:
    ///
    /// 1. New calls are refused, as [`ShuttingDown`](crate::RefusalKind::ShuttingDown).
    /// 2. Calls that were admitted go on until they have ended. The last quarter of the limit, but 5 s at
    ///    most, is kept for what follows.
    /// 3. The work of [`at_shutdown`](Self::at_shutdown) is done, in the order in which it was added.
    /// 4. Bulkheads and pools are closed, as [`close`](Self::close) does, and connections that come back
    ///    are closed.
    /// 5. The background work ends, and with it the future of [`run`](Self::run).
    ///
    /// Returns what did not end in time, also of components that a reload has removed or replaced, and the work
    /// of step 3 that failed or was not done. Calls count where a component counts them: those of a protection
    /// that has only a timeout are not seen. Calls that use a pool directly are refused from step 4 on.
    ///
    /// The work starts when the future is polled first. If it is dropped, new calls stay refused, and
    /// another shutdown goes on where it was. Of several at a time, one does the work of step 3; the others
    /// wait for that within their own limits.
    ///
    /// ```no_run
    /// # #[cfg(feature = "tokio")]
    /// # async fn example(infra: seawall::Infrastructure) {
    /// use std::time::Duration;
    ///
    /// tokio::signal::ctrl_c().await.expect("signals can be received");
    /// println!("{}", infra.shutdown(Duration::from_secs(20)).await);
    /// # }
    /// ```
    pub fn shutdown(&self, limit: Duration) -> impl Future<Output = Shutdown> + Send + use<> {
        shutdown::run(Arc::clone(&self.live), limit)
    }

    /// Ends everything as [`shutdown`](Self::shutdown) does, on this thread. The background work has to run
    /// elsewhere: by [`run_blocking`](Self::run_blocking) on another thread, or in a runtime.
    ///
    /// # Panics
    /// If the clock stands still while this thread is blocked.
    pub fn shutdown_blocking(&self, limit: Duration) -> Shutdown {
        self.clock().block_on(self.shutdown(limit))
    }

    /// Adds work that [`shutdown`](Self::shutdown) does once, when the calls have ended: to flush what
    /// they wrote.
    pub fn at_shutdown<F, E>(
        &self,
        name: impl Into<Name>,
        work: impl FnOnce() -> F + Send + 'static,
    ) where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let work = Box::pin(async move { work().await.map_err(Into::into) });
        let mut works = self.live.at_shutdown.lock().unwrap_or_else(PoisonError::into_inner);
        works.add(name.into(), work);
    }
}
