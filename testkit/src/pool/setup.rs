use seawall_core::Driver;
use seawall_core::pool::{PoolControl, PoolOptions};

use super::started::Started;
use super::{Connection, Dummy};

/// The pool that a law needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setup {
    /// Its name.
    pub name: &'static str,
    /// Its options.
    pub options: PoolOptions,
    /// The manager of its resources.
    pub manager: Dummy,
    /// The driver of its calls; background work and drains use its clock.
    pub driver: Driver,
}

/// A kind of pool, of which the laws start as many as they need.
pub type Subject<'a> = crate::law::Subject<'a, Setup, Started>;

impl<'a> Subject<'a> {
    /// Creates a kind of pool from `start`. Each pool that it starts is new and independent of all
    /// others.
    #[must_use]
    pub fn new<P>(start: impl Fn(&Setup) -> P + 'a) -> Self
    where
        P: PoolControl<Resource = Connection> + 'static,
    {
        Self::starting(move |setup| Started::new(start(setup)), ())
    }
}
