use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use seawall_core::Clock;
use seawall_core::pool::{Manage, Stage};
use seawall_testkit::yield_times;

/// What happens the next time it is asked to connect, to check or to reset.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Work,
    Yield(usize),
    Take(Duration),
    Fail(&'static str),
    Hang,
    Panic,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DbError(pub(crate) &'static str);

/// Makes connections as the script says, or else at once; knows which are open.
#[derive(Clone)]
pub(crate) struct Db(Arc<Mutex<Paper>>, Clock);

#[derive(Default)]
struct Paper {
    scripts: HashMap<Stage, VecDeque<Step>>,
    connects: u32,
    made: u32,
    open: Vec<u32>,
    most_open: usize,
    panic_when_dropped: bool,
    broken: Option<Broken>,
}

#[derive(Clone, Copy)]
pub(crate) enum Broken {
    Yes,
    Panic,
}

pub(crate) struct Conn {
    pub(crate) id: u32,
    /// What was under way when it was last touched.
    midway: Option<Stage>,
    db: Db,
}

impl Db {
    pub(crate) fn new(clock: Clock) -> Self {
        Self(Arc::default(), clock)
    }

    /// The next time it gets to `stage` and nothing else is planned for that, `step` happens.
    pub(crate) fn then(&self, stage: Stage, step: Step) -> &Self {
        self.paper().scripts.entry(stage).or_default().push_back(step);
        self
    }

    pub(crate) fn forget_script(&self) {
        self.paper().scripts.clear();
    }

    pub(crate) fn set_broken(&self, broken: Option<Broken>) {
        self.paper().broken = broken;
    }

    pub(crate) fn panic_when_dropped(&self, panic: bool) {
        self.paper().panic_when_dropped = panic;
    }

    /// How often it was asked to connect, whatever came of that.
    pub(crate) fn connects(&self) -> u32 {
        self.paper().connects
    }

    /// The connections that are open, by the order in which they were made.
    pub(crate) fn open(&self) -> Vec<u32> {
        self.paper().open.clone()
    }

    pub(crate) fn most_open(&self) -> usize {
        self.paper().most_open
    }

    fn paper(&self) -> MutexGuard<'_, Paper> {
        self.0.lock().expect("no panic under the lock")
    }

    async fn play(&self, stage: Stage) -> Result<(), DbError> {
        let step = self.paper().scripts.get_mut(&stage).and_then(VecDeque::pop_front);
        match step.unwrap_or(Step::Work) {
            Step::Work => {}
            Step::Yield(times) => yield_times(times).await,
            Step::Take(time) => self.1.sleep_until(self.1.now() + time).await,
            Step::Fail(why) => return Err(DbError(why)),
            Step::Hang => pending().await,
            Step::Panic => panic!("{stage} panics"),
        }
        Ok(())
    }
}

impl Manage for Db {
    type Resource = Conn;
    type Error = DbError;

    async fn create(&self) -> Result<Conn, DbError> {
        self.paper().connects += 1;
        self.play(Stage::Connecting).await?;
        let mut paper = self.paper();
        paper.made += 1;
        let id = paper.made;
        paper.open.push(id);
        paper.most_open = paper.most_open.max(paper.open.len());
        Ok(Conn { id, midway: None, db: self.clone() })
    }

    async fn check(&self, conn: &mut Conn) -> Result<(), DbError> {
        conn.begin(Stage::Checking);
        self.play(Stage::Checking).await?;
        conn.midway = None;
        Ok(())
    }

    async fn reset(&self, conn: &mut Conn) -> Result<(), DbError> {
        conn.begin(Stage::Resetting);
        self.play(Stage::Resetting).await?;
        conn.midway = None;
        Ok(())
    }

    fn is_broken(&self, _conn: &Conn) -> bool {
        let broken = self.paper().broken;
        match broken {
            None => false,
            Some(Broken::Yes) => true,
            Some(Broken::Panic) => {
                self.set_broken(None);
                panic!("is_broken panics")
            }
        }
    }
}

impl Conn {
    fn begin(&mut self, stage: Stage) {
        assert_eq!(self.midway, None, "connection {} was lent half-way through that", self.id);
        self.midway = Some(stage);
    }

    /// Uses the connection, letting go `awaits` times.
    pub(crate) async fn query(&mut self, awaits: usize) -> Result<u32, DbError> {
        self.begin(Stage::Waiting);
        yield_times(awaits).await;
        self.midway = None;
        Ok(self.id)
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let mut paper = self.db.paper();
        paper.open.retain(|id| *id != self.id);
        let panic = paper.panic_when_dropped;
        drop(paper);
        assert!(!panic, "dropping a connection panics");
    }
}
