use super::Permit;
use crate::Verdict;
use crate::protection::Protection;

/// What was taken for a call that is not decided yet. Dropping it returns everything, as if the call
/// had never been made; [`commit`](Self::commit) keeps it.
#[must_use = "a reservation that is dropped is returned at once"]
pub struct Reservation<'p, P: Protection>(Option<Permit<'p, P>>);

impl<'p, P: Protection> Reservation<'p, P> {
    pub(super) fn new(permit: Permit<'p, P>) -> Self {
        Self(Some(permit))
    }

    /// Ends the call as a success: what it was reserved for has happened.
    pub fn commit(self) {
        self.into_permit().success();
    }

    /// Turns the reservation into a call that runs.
    ///
    /// # Panics
    /// Never: the permit leaves only with the reservation.
    pub fn into_permit(mut self) -> Permit<'p, P> {
        self.0.take().expect("BUG: the permit leaves only with the reservation")
    }
}

impl<P: Protection> Drop for Reservation<'_, P> {
    fn drop(&mut self) {
        if let Some(permit) = self.0.take() {
            permit.settle(Verdict::Unused);
        }
    }
}

impl<P: Protection> std::fmt::Debug for Reservation<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reservation").field(&self.0).finish()
    }
}
