use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::Event;

/// Receives events, for example for logs, metrics or tests.
///
/// It is called on the thread of the call, with no lock held, after all layers have been exited, so
/// it may call back into the components. A panic in an observer does not reach the call.
pub trait Observer: Send + Sync {
    /// Handles an event.
    fn observe(&self, event: &Event<'_>);

    /// Returns which events it receives; by default all. It is asked once, when the observer is added.
    /// Events that no observer receives are not built, so an interest in less makes calls faster.
    fn interest(&self) -> Interest {
        Interest::Calls
    }
}

/// Which events an observer receives: each interest includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Interest {
    /// What happens apart from calls: components that degrade and recover, manual control, settings.
    /// Calls cost nothing more.
    Infrastructure,
    /// Also changes of circuits and alarms.
    Changes,
    /// Also calls that were refused or cut, and what policies do about calls that fail.
    Refusals,
    /// Also all other calls.
    Calls,
}

impl<O: Observer + ?Sized> Observer for &O {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }

    fn interest(&self) -> Interest {
        (**self).interest()
    }
}

impl<O: Observer + ?Sized> Observer for Box<O> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }

    fn interest(&self) -> Interest {
        (**self).interest()
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn observe(&self, event: &Event<'_>) {
        (**self).observe(event);
    }

    fn interest(&self) -> Interest {
        (**self).interest()
    }
}

/// The observers of a driver, each with its interest, and the largest interest of all.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    known: Option<Arc<[Interested]>>,
    interest: Option<Interest>,
}

type Interested = (Interest, Arc<dyn Observer>);

impl Observers {
    pub(crate) fn with(&self, observer: Arc<dyn Observer>) -> Self {
        let added = (observer.interest(), observer);
        let interest = self.interest.max(Some(added.0));
        let known = self.known.iter().flat_map(|known| known.iter().cloned());
        Self { known: Some(known.chain([added]).collect()), interest }
    }

    /// Returns true if both are the same observers, and there is one.
    pub(crate) fn are_same(&self, other: &Self) -> bool {
        let both = self.known.as_ref().zip(other.known.as_ref());
        both.is_some_and(|(one, other)| Arc::ptr_eq(one, other))
    }

    /// Returns true if one of them receives such events.
    #[inline]
    pub(crate) fn receive(&self, interest: Interest) -> bool {
        self.interest >= Some(interest)
    }

    /// Calls every observer that receives the event, even if an earlier one panics. Events are often
    /// emitted while a call unwinds, where a second panic would abort the process.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        let interest = event.topic.interest();
        let known = self.known.iter().flat_map(|known| known.iter());
        for (_, observer) in known.filter(|(of, _)| *of >= interest) {
            let told = catch_unwind(AssertUnwindSafe(|| observer.observe(event)));
            drop(told);
        }
    }
}
