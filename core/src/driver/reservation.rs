use super::access::{Access, Borrowed, Owned};
use super::permit::PermitVia;
use crate::Verdict;

/// What was taken for a call that is not decided yet. Dropping it gives everything back, as if it
/// had never been asked for; [`commit`](Self::commit) keeps it.
#[must_use = "a reservation that is dropped is given back at once"]
pub struct ReservationVia<A: Access>(Option<PermitVia<A>>);

/// A reservation that borrows its driver and its protection.
pub type Reservation<'p, P> = ReservationVia<Borrowed<'p, P>>;

/// A reservation that owns what it needs, and is `'static`.
pub type OwnedReservation<P> = ReservationVia<Owned<P>>;

impl<A: Access> ReservationVia<A> {
    pub(super) fn new(permit: PermitVia<A>) -> Self {
        Self(Some(permit))
    }

    /// Keeps what was taken, and ends the call as a success.
    pub fn commit(self) {
        self.into_permit().success();
    }

    /// Turns the reservation into the permit of a call that runs from now on.
    ///
    /// # Panics
    /// Never: the permit leaves only with the reservation.
    pub fn into_permit(mut self) -> PermitVia<A> {
        self.0.take().expect("BUG: the permit leaves only with the reservation")
    }
}

impl<A: Access> Drop for ReservationVia<A> {
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            permit.settle(Verdict::Unused);
        }
    }
}

impl<A: Access> std::fmt::Debug for ReservationVia<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reservation").field(&self.0).finish()
    }
}
