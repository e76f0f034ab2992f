use super::access::Access;
use super::held::Held;
use super::place::{Kept, Place};
use crate::protection::sealed::Layers;
use crate::{Class, Error};

/// Decides what a call keeps of its layers when its operation has ended. Sealed.
pub trait Finish {
    /// What is kept of a call that has a value.
    type Kept;

    /// Ends the call at its layers; returns the value with what is kept.
    fn finish<A: Access, V, E>(
        held: &mut Held<A>,
        class: Class,
        result: Result<V, Error<E>>,
    ) -> Result<(V, Self::Kept), Error<E>>;
}

/// Makes what the caller of a call gets. Sealed.
pub trait Give<A: Access>: Finish {
    /// What the caller gets with the value `V`.
    type Output<V>;

    /// Returns what the caller gets; what is kept owns `access`.
    fn output<V>(value: V, kept: Self::Kept, access: A) -> Self::Output<V>;

    /// Returns what the caller gets; what is kept owns a clone of `access`.
    fn output_of<V>(value: V, kept: Self::Kept, access: &A) -> Self::Output<V>;
}

/// Ends a call at all layers.
#[derive(Debug)]
pub struct Whole;

impl Finish for Whole {
    type Kept = ();

    #[inline(always)]
    fn finish<A: Access, V, E>(
        held: &mut Held<A>,
        class: Class,
        result: Result<V, Error<E>>,
    ) -> Result<(V, ()), Error<E>> {
        held.settle(class, matches!(result, Err(Error::TimedOut(_))));
        result.map(|value| (value, ()))
    }
}

impl<A: Access> Give<A> for Whole {
    type Output<V> = V;

    #[inline(always)]
    fn output<V>(value: V, (): (), _access: A) -> V {
        value
    }

    #[inline(always)]
    fn output_of<V>(value: V, (): (), _access: &A) -> V {
        value
    }
}

/// Ends a call that has a value at all layers but bulkheads, and any other call at all layers.
#[derive(Debug)]
pub struct ButPlace;

impl Finish for ButPlace {
    /// `None` if there is no bulkhead.
    type Kept = Option<Kept>;

    #[inline(always)]
    fn finish<A: Access, V, E>(
        held: &mut Held<A>,
        class: Class,
        result: Result<V, Error<E>>,
    ) -> Result<(V, Option<Kept>), Error<E>> {
        match result {
            Ok(value) if held.access.protection().bulkheads() != 0 => {
                let Held { access, taken } = held;
                Ok((value, Some(Kept::after(access, taken, class))))
            }
            result => Whole::finish(held, class, result).map(|(value, ())| (value, None)),
        }
    }
}

impl<A: Access + Clone> Give<A> for ButPlace {
    type Output<V> = (V, Option<Place<A>>);

    #[inline(always)]
    fn output<V>(value: V, kept: Option<Kept>, access: A) -> Self::Output<V> {
        (value, kept.map(|kept| kept.by(access)))
    }

    #[inline(always)]
    fn output_of<V>(value: V, kept: Option<Kept>, access: &A) -> Self::Output<V> {
        (value, kept.map(|kept| kept.by(access.clone())))
    }
}
