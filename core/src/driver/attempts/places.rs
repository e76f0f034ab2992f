use crate::Verdict;
use crate::driver::access::Access;
use crate::driver::place::{Kept, Place};
use crate::policy::Attempt;
use crate::sync::{Mutex, lock};

/// Keeps the places of attempts.
pub(super) trait Keeping: Sync {
    fn keep(&self, attempt: Attempt, kept: Kept);

    /// Frees the place of the attempt that ran beside `attempt` and does not count.
    fn keep_only(&self, attempt: Attempt);

    /// Frees all places, because another attempt follows after a wait.
    fn free(&self);
}

/// What keeps the places of a call's attempts, if anything does.
pub(super) type KeptBy<'s> = Option<&'s dyn Keeping>;

/// The places of the attempts whose outputs are kept: of one, and of the copy that was sent of it.
pub(super) struct Places<A: Access> {
    access: A,
    places: Mutex<[Option<Place<A>>; 2]>,
}

impl<A: Access> Places<A> {
    pub(super) fn new(access: A) -> Self {
        Self { access, places: Mutex::new([None, None]) }
    }

    /// Returns the place of the attempt that counts, which is the only one left, if it has one.
    pub(super) fn into_place(self) -> Option<Place<A>> {
        let [first, copy] = std::mem::take(&mut *lock(&self.places));
        first.or(copy)
    }
}

impl<A: Access + Clone> Keeping for Places<A> {
    fn keep(&self, attempt: Attempt, kept: Kept) {
        let place = kept.by(self.access.clone());
        lock(&self.places)[usize::from(attempt.is_hedge())] = Some(place);
    }

    fn keep_only(&self, attempt: Attempt) {
        let other = lock(&self.places)[usize::from(!attempt.is_hedge())].take();
        drop(other);
    }

    fn free(&self) {
        let places = std::mem::take(&mut *lock(&self.places));
        drop(places);
    }
}

/// Returns true if a call that ends so has an output.
pub(super) const fn has_output(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Success | Verdict::Failure | Verdict::Overload | Verdict::Ignored)
}
