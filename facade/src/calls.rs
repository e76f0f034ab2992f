//! What became of the calls under each protection, for health reports and status pages.
//!
//! | file | holds |
//! |---|---|
//! | `outcome` | how a call ended, and counts of that: [`Outcome`], [`OutcomeCounts`] |
//! | `recorded` | what is recorded of one protection |
//! | `report` | what readers get: [`ProtectionCalls`] |
//! | `table` | a table that is only added to, so that calls read it without a lock |

use std::fmt;
use std::sync::Arc;

use seawall_core::{Clock, Detail, Event, Name, Observer, Tick, Topic};

mod outcome;
mod recorded;
mod report;
mod table;
#[cfg(test)]
mod tests;

pub use self::outcome::{Outcome, OutcomeCounts};
use self::recorded::Recorded;
pub use self::report::{Latencies, ProtectionCalls, RecentCalls};
use self::table::Table;

/// Records how the calls under each protection ended and how long they took. It is an observer; calls
/// take no lock. Clones share everything.
///
/// [`Builder::record_calls`](crate::Builder::record_calls) adds one to an infrastructure, which
/// [`Infrastructure::calls`](crate::Infrastructure::calls) reads.
///
/// A protection takes about 80 KiB. There is room for about a thousand names, and calls under further
/// ones are not recorded: names are expected to come from settings.
#[derive(Clone, Default)]
pub struct CallRecorder(Arc<Table<Recorded, 1024>>);

impl CallRecorder {
    /// Creates a recorder that knows no calls.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what was recorded until `now`, by the name of the protection. Takes some microseconds a
    /// protection.
    ///
    /// Rates are differences of counts that this method and [`sample`](Self::sample) remember, so
    /// one of them should be called every second.
    #[must_use]
    pub fn read(&self, now: Tick) -> Vec<ProtectionCalls> {
        self.sample(now);
        let mut all: Vec<_> = self.0.iter().map(|recorded| recorded.read(now)).collect();
        all.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        all
    }

    /// Remembers the counts of `now`, unless it did so within the last second. The background work of an
    /// infrastructure does this.
    pub fn sample(&self, now: Tick) {
        self.0.iter().for_each(|recorded| recorded.sample(now));
    }

    /// Samples the counts every second.
    pub(crate) async fn run(self, clock: Clock) {
        loop {
            self.sample(clock.now());
            clock.sleep_until(clock.now() + recorded::EVERY).await;
        }
    }

    fn of(&self, protection: &Name, now: Tick) -> Option<&Recorded> {
        let is_it = |recorded: &Recorded| recorded.name() == protection;
        self.0.get_or_add(protection, is_it, || Recorded::new(protection, now))
    }
}

impl Observer for CallRecorder {
    fn observe(&self, event: &Event<'_>) {
        let (Topic::ProtectionExecuted | Topic::ProtectionTimedOut | Topic::ProtectionRejected) =
            event.topic
        else {
            return;
        };
        let Some(recorded) = self.of(event.layer.name(), event.at) else { return };
        match event.detail {
            Detail::Executed { verdict, timed_out, elapsed, .. } => {
                recorded.end(event.at, Outcome::of(verdict, timed_out), elapsed);
            }
            Detail::Refused(refusal) => recorded.refuse(refusal),
            _ => (),
        }
    }
}

impl fmt::Debug for CallRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Recorded::name)).finish()
    }
}
