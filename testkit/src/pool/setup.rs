use seawall_core::Driver;
use seawall_core::pool::{PoolControl, PoolOptions};

use super::started::Started;
use super::{Connection, Dummy};

/// What a law wants its pool to be like.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setup {
    /// What it is called.
    pub name: &'static str,
    /// How it behaves.
    pub options: PoolOptions,
    /// Makes what it lends.
    pub manager: Dummy,
    /// Leads it: background work and drains go by its clock.
    pub driver: Driver,
}

/// A kind of pool, of which the laws start as many as they need.
pub type Subject<'a> = crate::law::Subject<'a, Setup, Started>;

impl<'a> Subject<'a> {
    /// The kind that `start` starts. Each has lent nothing and is independent of all others.
    #[must_use]
    pub fn new<P>(start: impl Fn(&Setup) -> P + 'a) -> Self
    where
        P: PoolControl<Resource = Connection> + 'static,
    {
        Self::starting(move |setup| Started::new(start(setup)), ())
    }
}
