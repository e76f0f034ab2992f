use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall_core::pool::{Manage, TooSlow};
use seawall_core::{BoxFuture, Clock, Error, RefusalKind};
use tokio::task::JoinHandle;

use super::{MS, SLACK, eventually};
use crate::Pool;

/// What is done with a connection; an error is said in a word.
pub(crate) type Op<R> = for<'c> fn(&'c mut R) -> BoxFuture<'c, Result<(), String>>;

/// The reason that a manager's error gives, in a word.
pub(crate) type Reason = fn(&(dyn StdError + 'static)) -> Option<String>;

/// Sixty-four tasks that use a pool without a break.
pub(crate) struct Storm {
    shared: Arc<Shared>,
    deadline: Duration,
    tasks: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    inside: AtomicUsize,
    most_inside: AtomicUsize,
    tally: Mutex<Tally>,
}

/// What became of the tasks' calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) made: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: BTreeMap<String, u64>,
    pub(crate) slowest: Duration,
    pub(crate) most_inside: usize,
}

impl Storm {
    /// Each use, the wait for a connection included, has so long.
    pub(crate) fn on<M: Manage>(
        pool: &Pool<M>,
        deadline: Duration,
        op: Op<M::Resource>,
        reason: Reason,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let task = |_| tokio::spawn(rage(pool.clone(), deadline, op, reason, Arc::clone(&shared)));
        let tasks = (0..64).map(task).collect();
        Self { shared, deadline, tasks }
    }

    /// Waits until the count of what `count` counts has grown by `more`.
    pub(crate) async fn until(&self, more: u64, count: impl Fn(&Tally) -> u64) {
        let tally = || self.shared.tally.lock().expect("no panic").clone();
        let before = count(&tally());
        eventually("the storm goes on", async || count(&tally()) >= before + more).await;
    }

    /// How many have used a connection at once, at most; from now on that is counted anew.
    pub(crate) fn take_most_inside(&self) -> usize {
        self.shared.most_inside.swap(0, SeqCst)
    }

    /// Waits until so many have used a connection at once.
    pub(crate) async fn until_inside(&self, many: usize) {
        let most = || self.shared.most_inside.load(SeqCst);
        eventually("so many are inside", async || most() >= many).await;
    }

    /// Ends it, and says what became of all.
    pub(crate) async fn end(self) -> Tally {
        self.shared.is_over.store(true, SeqCst);
        for task in self.tasks {
            task.await.expect("no panic");
        }
        let mut tally = self.shared.tally.lock().expect("no panic").clone();
        tally.most_inside = self.shared.most_inside.load(SeqCst);
        assert_eq!(self.shared.inside.load(SeqCst), 0);
        assert_eq!(tally.made, tally.succeeded + tally.failed(), "{tally:?}");
        assert!(tally.slowest < self.deadline + SLACK, "something hung: {tally:?}");
        tally
    }
}

impl Tally {
    pub(crate) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// How many failed for this reason.
    pub(crate) fn failed_by(&self, reason: &str) -> u64 {
        self.failed.get(reason).copied().unwrap_or(0)
    }
}

/// Someone uses a connection, until this is dropped.
struct Inside<'a>(&'a Shared);

impl<'a> Inside<'a> {
    fn enter(shared: &'a Shared) -> Self {
        let now_inside = shared.inside.fetch_add(1, SeqCst) + 1;
        shared.most_inside.fetch_max(now_inside, SeqCst);
        Self(shared)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, SeqCst);
    }
}

async fn rage<M: Manage>(
    pool: Pool<M>,
    deadline: Duration,
    op: Op<M::Resource>,
    reason: Reason,
    shared: Arc<Shared>,
) {
    let clock = Clock::system();
    while !shared.is_over.load(SeqCst) {
        let begun = clock.now();
        let inside = &shared;
        let work = async move |connection: &mut M::Resource| {
            let _inside = Inside::enter(inside);
            op(connection).await
        };
        let result = pool.with(work, deadline).await;
        let failed = result.as_ref().err().map(|error| told_apart(error, reason));
        let has_failed = failed.is_some();
        {
            let mut tally = shared.tally.lock().expect("no panic");
            tally.made += 1;
            match failed {
                None => tally.succeeded += 1,
                Some(reason) => *tally.failed.entry(reason).or_default() += 1,
            }
            tally.slowest = tally.slowest.max(clock.now().since(begun));
        }
        if has_failed {
            clock.sleep_until(clock.now() + 5 * MS).await;
        }
    }
}

/// Why a call failed, in a few words.
pub(crate) fn told_apart<E: Debug>(error: &Error<E>, reason: Reason) -> String {
    let refusal = match error {
        Error::Refused(refusal) => refusal,
        Error::TimedOut(_) => return "cut".to_owned(),
        Error::Failed(error) => return format!("failed: {error:?}"),
    };
    let source = refusal.source().filter(|_| refusal.kind() == RefusalKind::ResourceUnavailable);
    let Some(source) = source else { return refusal.kind().to_string() };
    if let Some(slow) = source.downcast_ref::<TooSlow>() {
        return format!("{} took too long", slow.stage());
    }
    format!("refused: {}", reason(source).expect("an error of the manager"))
}
