use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seawall_core::Clock;
use seawall_core::pool::Manage;

use crate::yield_times;

mod act;
mod connection;

pub use self::act::{Act, DummyError, Step};
pub use self::connection::Connection;

/// A manager of simulated connections. Each operation does what the script says, or succeeds at
/// once. It tracks which connections are alive. Its clones share everything.
///
/// ```
/// use seawall_core::pool::PoolOptions;
/// use seawall_core::{Driver, RefusalKind};
/// use seawall_pool::Pool;
/// use seawall_testkit::ManualClock;
/// use seawall_testkit::pool::{Act, Dummy, Step};
/// use std::time::Duration;
///
/// let time = ManualClock::new();
/// let dummy = Dummy::new(time.clock());
/// let options = PoolOptions::new().with_check_after(Duration::ZERO);
/// let pool = Pool::new("orders", dummy.clone(), options)?;
/// let pool = pool.with_driver(Driver::new().with_clock(time.clock()));
///
/// let used = pool.lend().with(async |connection| connection.request(1).await);
/// assert_eq!(time.block_on(used).expect("it works"), 1);
///
/// dummy.restart(); // what is idle is dead now
/// let used = pool.lend().with(async |connection| connection.request(1).await);
/// assert_eq!(time.block_on(used).expect("it works"), 2);
/// assert_eq!(dummy.alive(), [2]);
///
/// dummy.then(Act::Check, Step::Hang).then(Act::Create, Step::Fail("authentication failed"));
/// let refused = time.block_on(pool.checkout()).expect_err("it cannot connect");
/// assert_eq!(refused.kind(), RefusalKind::ResourceUnavailable);
/// # Ok::<(), seawall_core::InvalidOption>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dummy {
    paper: Arc<Mutex<Paper>>,
    clock: Clock,
}

#[derive(Debug, Default)]
struct Paper {
    script: HashMap<Act, VecDeque<Step>>,
    calls: HashMap<Act, u64>,
    made: u64,
    alive: Vec<u64>,
    most_alive: usize,
    /// Number of the first connections that are dead, because the server was restarted.
    dead: u64,
}

impl Dummy {
    /// Creates a manager without connections; its timed steps use `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { paper: Arc::default(), clock }
    }

    /// Schedules `step` for the next `act` that has no step scheduled yet.
    pub fn then(&self, act: Act, step: Step) -> &Self {
        self.paper().script.entry(act).or_default().push_back(step);
        self
    }

    /// Discards all scheduled steps.
    pub fn forget(&self) {
        self.paper().script.clear();
    }

    /// Kills all existing connections: checks, resets and requests on them fail. New ones work.
    pub fn restart(&self) {
        let mut paper = self.paper();
        paper.dead = paper.made;
    }

    /// Returns the numbers of the existing connections, dead or not, in the order of their
    /// creation.
    #[must_use]
    pub fn alive(&self) -> Vec<u64> {
        self.paper().alive.clone()
    }

    /// Returns the maximum number of connections that existed at once.
    #[must_use]
    pub fn most_alive(&self) -> usize {
        self.paper().most_alive
    }

    /// Returns the number of connections created.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.paper().made
    }

    /// Returns how often `act` was called, whatever its result.
    #[must_use]
    pub fn calls(&self, act: Act) -> u64 {
        self.paper().calls.get(&act).copied().unwrap_or(0)
    }

    fn is_dead(&self, id: u64) -> bool {
        id <= self.paper().dead
    }

    fn buried(&self, id: u64) {
        self.paper().alive.retain(|alive| *alive != id);
    }

    /// Takes the step for a call of `act`.
    fn next(&self, act: Act) -> Step {
        let mut paper = self.paper();
        *paper.calls.entry(act).or_default() += 1;
        paper.script.get_mut(&act).and_then(VecDeque::pop_front).unwrap_or(Step::Work)
    }

    async fn play(&self, act: Act) -> Result<(), DummyError> {
        match self.next(act) {
            Step::Work => {}
            Step::Yield(times) => yield_times(times).await,
            Step::Take(time) => self.clock.sleep_until(self.clock.now() + time).await,
            Step::Fail(why) => return Err(DummyError(why)),
            Step::Hang => pending().await,
            Step::Panic => panic!("{act} panics"),
        }
        Ok(())
    }

    /// Plays the step of an operation that cannot wait; only a scheduled step makes it fail.
    fn play_at_once(&self, act: Act) -> Result<(), DummyError> {
        match self.next(act) {
            Step::Fail(why) => Err(DummyError(why)),
            Step::Panic => panic!("{act} panics"),
            Step::Work | Step::Yield(_) | Step::Take(_) | Step::Hang => Ok(()),
        }
    }

    fn paper(&self) -> MutexGuard<'_, Paper> {
        self.paper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Manage for Dummy {
    type Resource = Connection;
    type Error = DummyError;

    async fn create(&self) -> Result<Connection, DummyError> {
        self.play(Act::Create).await?;
        let mut paper = self.paper();
        paper.made += 1;
        let id = paper.made;
        paper.alive.push(id);
        paper.most_alive = paper.most_alive.max(paper.alive.len());
        Ok(Connection::new(id, self.clone()))
    }

    async fn check(&self, connection: &mut Connection) -> Result<(), DummyError> {
        connection.work(self.play(Act::Check)).await
    }

    async fn reset(&self, connection: &mut Connection) -> Result<(), DummyError> {
        connection.work(self.play(Act::Reset)).await?;
        connection.clean();
        Ok(())
    }

    fn is_broken(&self, _: &Connection) -> bool {
        self.play_at_once(Act::IsBroken).is_err()
    }

    async fn close(&self, connection: Connection) {
        let _told_nobody = self.play(Act::Close).await;
        drop(connection);
    }
}
