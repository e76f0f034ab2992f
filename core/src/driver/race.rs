use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::access::{Access, forward, sealed};
use super::watch::Watch;
use super::{Driver, FallbackTo, GuardedVia};
use crate::policy::{Attempt, Measured, Policy};
use crate::{Refusal, Tick, Verdict};

/// Several attempts at the same work, of which the first answer is taken. Clones are the same race.
///
/// An attempt that is dropped after another one has answered counts as [`Verdict::Superseded`] in place
/// of [`Verdict::Abandoned`]: the service was slower, but no caller went away. An attempt has answered
/// if it ends as [`Verdict::Success`] or [`Verdict::Ignored`].
///
/// ```
/// # use seawall_core::{Error, Handle, Protection, Race};
/// # async fn hedged<P: Protection>(replicas: &Handle<P>) -> Result<u16, Error<std::io::Error>> {
/// let race = Race::new();
/// let attempt = || replicas.call().race(&race).run(async || Ok(200));
/// tokio::select! {
///     answer = attempt() => answer,
///     answer = attempt() => answer,
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Race(Arc<AtomicBool>);

impl Race {
    /// Creates a race that no attempt has won.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the race, for an answer that came from elsewhere, such as a cache, or that is taken although
    /// it is a failure.
    pub fn win(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Returns true if an attempt has answered.
    #[must_use]
    pub fn is_won(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The access of a call that takes part in a [`Race`].
#[derive(Clone, Debug)]
pub struct InRace<A> {
    access: A,
    race: Race,
}

impl<A: Access> sealed::Reach for InRace<A> {
    type Protection = A::Protection;

    forward! {
        self => self.access;
        driver protection refusal policy fallback measured watch attempt begun
    }

    fn ended(&self, verdict: Verdict) {
        if matches!(verdict, Verdict::Success | Verdict::Ignored) {
            self.race.win();
        }
        self.access.ended(verdict);
    }

    fn dropped(&self) -> Verdict {
        if self.race.is_won() { Verdict::Superseded } else { self.access.dropped() }
    }
}

impl<A: Access, K, C> GuardedVia<A, K, C> {
    /// Makes the call an attempt of `race`: see [`Race`].
    pub fn race(self, race: &Race) -> GuardedVia<InRace<A>, K, C> {
        self.map_access(|access| InRace { access, race: race.clone() })
    }
}
