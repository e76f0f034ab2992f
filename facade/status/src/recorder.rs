use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use foldhash::fast::RandomState;
use seawall::policy::LatencySketch;
use seawall::{Detail, Event, Layer, Observer, Topic};

use crate::event_log::EventLog;
use crate::lock;
use crate::tally::Tally;

/// Counts calls and keeps rare events for a [`StatusPage`](crate::StatusPage): give a clone of it to
/// [`Builder::observer`](seawall::Builder::observer).
///
/// An event of a call is counted under a lock that a sixteenth of the threads shares, without an
/// allocation once the names are known. Names beyond the first 512 are counted together.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Recorded>);

#[derive(Debug, Default)]
pub(crate) struct Recorded {
    shards: [Shard; SHARDS],
    /// The names that are counted. Locked after a shard.
    names: Mutex<ByLayer<Times>>,
    pub(crate) log: Mutex<EventLog>,
}

/// The times of calls, once there are any: 48 KiB.
pub(crate) type Times = Arc<OnceLock<LatencySketch>>;

pub(crate) type ByLayer<V> = HashMap<Layer, V, RandomState>;

/// Two cache lines at least, because processors fetch lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(Mutex<ByLayer<Tally>>);

const SHARDS: usize = 16;
const MAX_NAMES: usize = 512;
/// The name under which all further names are counted.
const OTHER_NAMES: &str = "(other names)";

static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Returns the shard of this thread.
fn shard_of_thread() -> usize {
    let next = || NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS;
    let kept = |shard: &Cell<Option<usize>>| {
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

    pub(crate) const fn recorded(&self) -> &Arc<Recorded> {
        &self.0
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event<'_>) {
        match (event.topic, &event.detail) {
            (
                Topic::ProtectionExecuted | Topic::ProtectionTimedOut | Topic::TransactionExecuted,
                Detail::Executed { verdict, timed_out, elapsed, .. },
            ) => self.0.tally(event.layer, |tally| {
                tally.end(event, *verdict, *timed_out, *elapsed);
            }),
            (Topic::AttemptRejected, _) | (_, Detail::Executed { .. } | Detail::Allowed { .. }) => {
            }
            (_, Detail::Refused(refusal)) => {
                self.0.tally(event.layer, |tally| tally.refuse(refusal, event.at));
            }
            (_, Detail::Retry { .. } | Detail::Fallback { .. } | Detail::NotRetried(_))
            | (Topic::Hedge | Topic::HedgeWon, _) => {
                self.0.tally(event.layer, |tally| tally.extra(event.topic));
            }
            _ => lock(&self.0.log).add(event),
        }
    }
}

impl Recorded {
    fn tally(&self, layer: &Layer, count: impl FnOnce(&mut Tally)) {
        let mut shard = lock(&self.shards[shard_of_thread()].0);
        if let Some(tally) = shard.get_mut(layer) {
            return count(tally);
        }
        let (layer, times) = self.register(layer);
        count(shard.entry(layer).or_insert_with(|| Tally::new(times)));
    }

    /// Returns the name to count `layer` under, with the times of its calls.
    fn register(&self, layer: &Layer) -> (Layer, Times) {
        let mut names = lock(&self.names);
        let is_other = names.len() >= MAX_NAMES && !names.contains_key(layer);
        let layer =
            if is_other { Layer::new(layer.component(), OTHER_NAMES) } else { layer.clone() };
        let times = Arc::clone(names.entry(layer.clone()).or_default());
        (layer, times)
    }

    /// Returns the times of the calls under a protection, or of the uses of a pool.
    pub(crate) fn times(&self, layer: &Layer) -> Option<Times> {
        lock(&self.names).get(layer).cloned()
    }

    /// Takes what was counted since the last time, by protection and component.
    pub(crate) fn drain(&self) -> ByLayer<Tally> {
        let mut all = ByLayer::<Tally>::default();
        for Shard(shard) in &self.shards {
            lock(shard).retain(|layer, tally| {
                if let Some(counted) = tally.take() {
                    all.entry(layer.clone()).or_default().merge(counted);
                }
                tally.is_in_use()
            });
        }
        // Those that no shard has a tally for any more.
        lock(&self.names).retain(|_, times| Arc::strong_count(times) > 1);
        all
    }
}
