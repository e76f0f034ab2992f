//! Looks for changes of the settings, as part of the background work.
//!
//! Content decides, not events: all sources are read again from time to time, and what they contain is
//! handed over once it has stopped changing. Events of the file system (feature `notify`) only make the
//! next look earlier, so a file system without events (NFS, some container mounts) is polled, and an
//! event that is lost costs time only.
//!
//! | file | holds |
//! |---|---|
//! | `settle` | when a content is handed over, as a state machine |
//! | `read` | reading without blocking the thread that polls |
//! | `wakes`, `folders` | events of the file system |

use std::sync::{Arc, Weak};
use std::time::Duration;

use seawall_core::Clock;

use self::settle::{Seen, Settle};
use self::wakes::Wakes;
use crate::ConfigSource;
use crate::config::{Content, ContentHash};
use crate::live::Live;

#[cfg(feature = "notify")]
mod folders;
mod read;
mod settle;
#[cfg(test)]
mod tests;
mod wakes;

/// How changes of the settings are looked for: see [`Builder::watch`](crate::Builder::watch).
///
/// All sources are read every [`every`](Self::every), and with the feature `notify` as soon as the
/// system reports a change of their files. A content that is new is applied when it has stayed the same
/// for [`quiet`](Self::quiet). A file that is missing, empty or cannot be parsed may be half written, so
/// it has to stay as it is for eight times as long, and is then reported, once.
///
/// The files are read on a thread that lives for that time only, so that a file system that hangs
/// stops nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Watch {
    every: Duration,
    quiet: Duration,
    in_place: bool,
}

/// What the contents are for.
pub(crate) trait ContentReceiver: Send + Sync {
    /// Returns the hash of the last content that was applied or rejected.
    fn handled(&self) -> Option<ContentHash>;

    /// Applies or rejects `content`, which is then handled; unless another content than `handled` was
    /// handled meanwhile, which is newer.
    fn offer(&self, content: Content, handled: Option<ContentHash>);
}

impl Watch {
    /// A look every 10 ms costs next to nothing, and none at all would be an endless loop.
    const MIN: Duration = Duration::from_millis(10);

    /// Creates the usual way: a look every 30 s, and 250 ms without a change.
    pub const fn new() -> Self {
        let (every, quiet) = (Duration::from_secs(30), Duration::from_millis(250));
        Self { every, quiet, in_place: false }
    }

    /// Sets the time between two looks where nothing is reported; 10 ms at least; default: 30 s.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = every.max(Self::MIN);
        self
    }

    /// Sets how long a new content has to stay the same; 10 ms at least; default: 250 ms.
    pub fn quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet.max(Self::MIN);
        self
    }

    /// Reads the files on the thread that polls the background work: for tests in virtual time, and
    /// where no thread can be started.
    pub const fn in_place(mut self) -> Self {
        self.in_place = true;
        self
    }
}

impl Watch {
    /// Adds the work to the background of `live`.
    pub(crate) fn add_to(self, live: &Arc<Live>, source: ConfigSource) {
        let (clock, engine) = (live.driver.clock().clone(), Arc::downgrade(live));
        live.background.add_endless("watch", move || {
            Box::pin(run(source.clone(), self, clock.clone(), engine.clone()))
        });
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

/// Hands each new content of `source` to `engine`, for as long as that lives. Dropping the future loses
/// nothing.
pub(crate) async fn run<E: ContentReceiver + ?Sized>(
    source: ConfigSource,
    watch: Watch,
    clock: Clock,
    engine: Weak<E>,
) {
    let mut settle = Settle::new(watch.every, watch.quiet);
    let mut wakes = Wakes::new();
    loop {
        let mut content = read::gather(&source, watch.in_place).await;
        if wakes.follow(content.paths()) {
            // What changed before the new watches began was not reported.
            content = read::gather(&source, watch.in_place).await;
        }
        let Some(engine) = engine.upgrade() else { return };
        let seen = Seen { hash: content.hash(), is_complete: content.looks_complete() };
        let handled = engine.handled();
        let next = settle.look(clock.now(), seen, handled);
        if next.is_settled {
            engine.offer(content, handled);
        }
        drop(engine);
        wakes.wait(&clock, next.earliest, next.at).await;
    }
}
