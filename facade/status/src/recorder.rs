use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use foldhash::fast::RandomState;
use seawall::{Builder, Component, Detail, Event, Layer, Observer, Topic};

use crate::event_log::EventLog;
use crate::lock;
use crate::tally::Tally;

/// Keeps what happens for a [`StatusPage`](crate::StatusPage): rare events, errors, retries and the like.
/// Clones share everything.
///
/// Calls that go well take no lock here, except when they give a connection back to a pool.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Recorded>);

#[derive(Debug, Default)]
pub(crate) struct Recorded {
    shards: [Shard; SHARDS],
    pub(crate) log: Mutex<EventLog>,
}

pub(crate) type ByLayer<V> = HashMap<Layer, V, RandomState>;

/// What a sixteenth of the threads has counted. Two cache lines at least, because processors fetch lines
/// in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<ByLayer<Tally>>);

const SHARDS: usize = 16;
/// Maximum number of names that a shard counts between two samples.
const MAX_NAMES: usize = 1024;

static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Returns the shard of this thread.
fn shard_of_thread() -> usize {
    let kept = |shard: &Cell<Option<usize>>| {
        let next = || NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let index = shard.get().unwrap_or_else(next);
        shard.set(Some(index));
        index
    };
    SHARD.try_with(kept).unwrap_or(0)
}

impl Recorder {
    /// Creates a recorder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the infrastructure of `builder` report to it, and
    /// [record its calls](seawall::Builder::record_calls).
    pub fn observe(&self, builder: Builder) -> Builder {
        builder.record_calls().observer(Observing(Arc::clone(&self.0)))
    }

    pub(crate) const fn recorded(&self) -> &Arc<Recorded> {
        &self.0
    }
}

struct Observing(Arc<Recorded>);

impl Observer for Observing {
    fn observe(&self, event: &Event<'_>) {
        let (topic, layer) = (event.topic, event.layer);
        match event.detail {
            Detail::Executed { verdict, timed_out, .. } => {
                if topic == Topic::TransactionExecuted {
                    self.0.count(layer, |tally| tally.counts.end(verdict, timed_out));
                }
            }
            Detail::Allowed { .. } => {}
            Detail::Refused(refusal) => {
                let is_pool = topic.component() == Component::ConnectionPool;
                let is_alone =
                    event.protection.is_none() && topic.component() != Component::Protection;
                let has_error = std::error::Error::source(refusal).is_some();
                if is_pool || is_alone || has_error {
                    self.0.count(layer, |tally| {
                        tally.counts.refused += u64::from(is_pool);
                        if is_alone {
                            tally.refuse(refusal.kind());
                        }
                        tally.fail(refusal, event.at);
                    });
                }
            }
            _ if matches!(topic.component(), Component::Protection | Component::Coalescer) => {
                let layer = event.protection.unwrap_or(layer);
                self.0.count(layer, |tally| tally.extra(topic));
            }
            _ => lock(&self.0.log).add(event),
        }
    }
}

impl Recorded {
    fn count(&self, layer: &Layer, count: impl FnOnce(&mut Tally)) {
        let mut shard = lock(&self.shards[shard_of_thread()].0);
        if let Some(tally) = shard.get_mut(layer) {
            count(tally);
        } else if shard.len() < MAX_NAMES {
            count(shard.entry(layer.clone()).or_default());
        }
    }

    /// Takes what was counted since the last time, by protection and component.
    pub(crate) fn drain(&self) -> ByLayer<Tally> {
        let mut all = ByLayer::<Tally>::default();
        for Shard(shard) in &self.shards {
            for (layer, tally) in lock(shard).drain() {
                all.entry(layer).or_default().merge(tally);
            }
        }
        all
    }
}
