use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use seawall_core::{Clock, Tick};

/// Events of the file system, if the feature `notify` is on.
pub(super) struct Wakes {
    #[cfg(feature = "notify")]
    folders: super::folders::Folders,
}

impl Wakes {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(feature = "notify")]
            folders: super::folders::Folders::default(),
        }
    }

    /// Watches the folders of `paths`, as these are resolved now. Returns true if the watches are new.
    #[cfg_attr(not(feature = "notify"), expect(clippy::unused_self, reason = "nothing to watch"))]
    pub(super) fn follow<'p>(&mut self, paths: impl Iterator<Item = &'p Path>) -> bool {
        #[cfg(feature = "notify")]
        return self.folders.follow(paths);
        #[cfg(not(feature = "notify"))]
        {
            drop(paths);
            false
        }
    }

    /// Waits until `at`, or until an event, but then until `earliest` at least.
    pub(super) async fn wait(&self, clock: &Clock, earliest: Tick, at: Tick) {
        let mut sleep = pin!(clock.sleep_until(at));
        poll_fn(|cx| {
            if sleep.as_mut().poll(cx).is_ready() || self.poll_event(cx) {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
        if clock.now() < earliest {
            clock.sleep_until(earliest).await;
        }
    }

    #[cfg(feature = "notify")]
    fn poll_event(&self, cx: &std::task::Context<'_>) -> bool {
        self.folders.poll_event(cx)
    }

    #[cfg(not(feature = "notify"))]
    #[expect(clippy::unused_self, reason = "there are no events")]
    const fn poll_event(&self, _cx: &std::task::Context<'_>) -> bool {
        false
    }
}
