use std::ops::{Deref, DerefMut};

use seawall_core::pool::Manage;
#[cfg(any(feature = "pool-deadpool", feature = "pool-r2d2", feature = "pool-bb8"))]
use seawall_core::pool::Pool as Spi;

/// A resource that a [`Pool`](crate::Pool) has lent, with what its backend needs to take it back.
pub struct Checkout<M: Manage>(pub(super) Of<M>);

pub(super) enum Of<M: Manage> {
    #[cfg(feature = "pool")]
    Native(seawall_pool::Checkout<M>),
    #[cfg(feature = "pool-deadpool")]
    Deadpool(<seawall_pool_deadpool::Pool<M> as Spi>::Item),
    #[cfg(feature = "pool-r2d2")]
    R2d2(<seawall_pool_r2d2::Pool<M> as Spi>::Item),
    #[cfg(feature = "pool-bb8")]
    Bb8(<seawall_pool_bb8::Pool<M> as Spi>::Item),
}

impl<M: Manage> Deref for Checkout<M> {
    type Target = M::Resource;

    fn deref(&self) -> &M::Resource {
        each!(&self.0, Of: checkout => checkout)
    }
}

impl<M: Manage> DerefMut for Checkout<M> {
    fn deref_mut(&mut self) -> &mut M::Resource {
        each!(&mut self.0, Of: checkout => checkout)
    }
}

seawall_core::__debug! { impl[M: Manage] Checkout<M> }
