//! A server whose connects and uses take time.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use deadpool::managed::{self, Metrics, RecycleResult};
use seawall_core::pool::Manage;
use seawall_core::{Clock, Tick};

/// Uses that begin between two times take this long.
#[derive(Clone, Copy)]
pub(crate) struct Slow {
    pub(crate) from: Duration,
    pub(crate) until: Duration,
    pub(crate) time: Duration,
}

#[derive(Clone)]
pub(crate) struct Server {
    clock: Clock,
    slow: Option<Slow>,
    connect_time: Duration,
    /// True if uses take 2 to 38 ms, in place of 20 ms.
    varies: bool,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    connects: u32,
    uses: u64,
    open: usize,
    most_open: usize,
}

impl Server {
    pub(crate) fn new(clock: Clock, slow: Option<Slow>) -> Self {
        Self {
            clock,
            slow,
            connect_time: Duration::from_millis(30),
            varies: false,
            counts: Arc::default(),
        }
    }

    pub(crate) fn with_connect_time(mut self, time: Duration) -> Self {
        self.connect_time = time;
        self
    }

    pub(crate) fn with_varying_uses(mut self) -> Self {
        self.varies = true;
        self
    }

    pub(crate) fn deadpool(&self, size: usize) -> managed::Pool<Self> {
        managed::Pool::builder(self.clone()).max_size(size).build().expect("it has no timeouts")
    }

    /// Returns the number of connects that were begun.
    pub(crate) fn connects(&self) -> u32 {
        self.counts().connects
    }

    pub(crate) fn most_open(&self) -> usize {
        self.counts().most_open
    }

    async fn take(&self, time: Duration) {
        self.clock.sleep_until(self.clock.now() + time).await;
    }

    async fn connect(&self) -> Connection {
        self.counts().connects += 1;
        self.take(self.connect_time).await;
        let mut counts = self.counts();
        counts.open += 1;
        counts.most_open = counts.most_open.max(counts.open);
        Connection(self.clone())
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().expect("no panic")
    }
}

pub(crate) struct Connection(Server);

impl Connection {
    pub(crate) async fn work(&mut self) -> Result<(), Infallible> {
        let now = self.0.clock.now();
        let is_slow = |slow: &Slow| now >= Tick::ZERO + slow.from && now < Tick::ZERO + slow.until;
        let time = match self.0.slow.filter(is_slow) {
            Some(slow) => slow.time,
            None if self.0.varies => {
                let mut counts = self.0.counts();
                counts.uses += 1;
                // Fibonacci hashing: each time occurs equally often.
                let hash = counts.uses.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
                Duration::from_millis(2 + ((hash * 37) >> 32))
            }
            None => Duration::from_millis(20),
        };
        self.0.take(time).await;
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.counts().open -= 1;
    }
}

impl Manage for Server {
    type Resource = Connection;
    type Error = Infallible;

    async fn create(&self) -> Result<Connection, Infallible> {
        Ok(self.connect().await)
    }

    async fn check(&self, _: &mut Connection) -> Result<(), Infallible> {
        self.take(Duration::from_millis(1)).await;
        Ok(())
    }
}

impl managed::Manager for Server {
    type Type = Connection;
    type Error = Infallible;

    async fn create(&self) -> Result<Connection, Infallible> {
        Ok(self.connect().await)
    }

    async fn recycle(&self, _: &mut Connection, _: &Metrics) -> RecycleResult<Infallible> {
        self.take(Duration::from_millis(1)).await;
        Ok(())
    }
}
