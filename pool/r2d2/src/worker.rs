use std::sync::{Arc, LazyLock};

use scheduled_thread_pool::ScheduledThreadPool;

/// The one thread on which r2d2 makes empty slots, for all pools. It would have three for each.
static WORKER: LazyLock<Arc<ScheduledThreadPool>> = LazyLock::new(|| {
    let builder = ScheduledThreadPool::builder().num_threads(1);
    Arc::new(builder.thread_name_pattern("seawall-r2d2").build())
});

pub(crate) fn worker() -> Arc<ScheduledThreadPool> {
    Arc::clone(&WORKER)
}
