//! Calls awaited inside spawned tasks.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::LazyLock;

use seawall_bench::{Batch, on_tokio};
use tokio::runtime::{Builder, Runtime};

use crate::operation::Operation;
use crate::peers::Caller;

/// All calls of a batch in one task, on the runtime of the calling thread.
pub struct OneTask<C, O>(Arc<C>, PhantomData<O>);

impl<C, O> OneTask<C, O> {
    pub fn new(caller: C) -> Self {
        Self(Arc::new(caller), PhantomData)
    }
}

impl<C: Caller, O: Operation> Batch for OneTask<C, O> {
    fn run(&self, calls: u64) -> u64 {
        let task = Arc::clone(&self.0).call::<O>(calls);
        on_tokio(async { tokio::spawn(task).await.expect("no panic") })
    }
}

const TASKS: u64 = 64;

static TWO_WORKERS: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
});

/// The calls of a batch spread over 64 tasks, on a runtime with two worker threads.
pub struct ManyTasks<C, O>(Arc<C>, PhantomData<O>);

impl<C, O> ManyTasks<C, O> {
    pub fn new(caller: C) -> Self {
        Self(Arc::new(caller), PhantomData)
    }
}

impl<C: Caller, O: Operation> Batch for ManyTasks<C, O> {
    fn run(&self, calls: u64) -> u64 {
        TWO_WORKERS.block_on(async {
            let share = |task| calls / TASKS + u64::from(task < calls % TASKS);
            let spawn = |task| tokio::spawn(Arc::clone(&self.0).call::<O>(share(task)));
            let tasks: Vec<_> = (0..TASKS).map(spawn).collect();
            let mut through = 0;
            for task in tasks {
                through += task.await.expect("no panic");
            }
            through
        })
    }
}
