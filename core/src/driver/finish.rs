use super::access::Access;
use super::held::Held;
use super::place::{Kept, Place};
use crate::protection::sealed::Layers;
use crate::{Class, Error};

/// Decides what a call keeps of its layers when its operation has ended. Sealed.
pub trait Finish {
    /// What is kept of a call; nothing by default.
    type Kept: Default;

    /// Ends the call at its layers; returns what is kept.
    fn finish<A: Access, V, E>(
        held: &mut Held<A>,
        class: Class,
        result: &Result<V, Error<E>>,
    ) -> Self::Kept;
}

/// Makes what the caller of a call gets. Takes results whole, since taking one apart costs the fast path more than
/// handing it on. Sealed.
pub trait Give<A: Access>: Finish {
    /// What the caller gets with the value `V`.
    type Output<V>;

    /// Returns what the caller gets; what is kept owns `access`.
    fn output<V, E>(result: Result<V, E>, kept: Self::Kept, access: A) -> Given<A, Self, V, E>;

    /// Returns what the caller gets; what is kept owns a clone of `access`.
    fn output_of<V, E>(result: Result<V, E>, kept: Self::Kept, access: &A) -> Given<A, Self, V, E>;
}

/// What the caller gets.
pub(super) type Given<A, F, V, E> = Result<<F as Give<A>>::Output<V>, E>;

/// Ends a call at all layers.
#[derive(Debug)]
pub struct Whole;

impl Finish for Whole {
    type Kept = ();

    #[inline(always)]
    fn finish<A: Access, V, E>(held: &mut Held<A>, class: Class, result: &Result<V, Error<E>>) {
        held.settle(class, matches!(result, Err(Error::TimedOut(_))));
    }
}

impl<A: Access> Give<A> for Whole {
    type Output<V> = V;

    #[inline(always)]
    fn output<V, E>(result: Result<V, E>, (): (), _access: A) -> Result<V, E> {
        result
    }

    #[inline(always)]
    fn output_of<V, E>(result: Result<V, E>, (): (), _access: &A) -> Result<V, E> {
        result
    }
}

/// Ends a call that has a value at all layers but bulkheads, and any other call at all layers.
#[derive(Debug)]
pub struct ButPlace;

impl Finish for ButPlace {
    /// `None` if there is no bulkhead, or no value.
    type Kept = Option<Kept>;

    #[inline(always)]
    fn finish<A: Access, V, E>(
        held: &mut Held<A>,
        class: Class,
        result: &Result<V, Error<E>>,
    ) -> Option<Kept> {
        if result.is_ok() && held.access.protection().bulkheads() != 0 {
            let Held { access, taken } = held;
            return Some(Kept::after(access, taken, class));
        }
        Whole::finish(held, class, result);
        None
    }
}

impl<A: Access + Clone> Give<A> for ButPlace {
    type Output<V> = (V, Option<Place<A>>);

    #[inline(always)]
    fn output<V, E>(
        result: Result<V, E>,
        kept: Option<Kept>,
        access: A,
    ) -> Result<Self::Output<V>, E> {
        result.map(|value| (value, kept.map(|kept| kept.by(access))))
    }

    #[inline(always)]
    fn output_of<V, E>(
        result: Result<V, E>,
        kept: Option<Kept>,
        access: &A,
    ) -> Result<Self::Output<V>, E> {
        result.map(|value| (value, kept.map(|kept| kept.by(access.clone()))))
    }
}
