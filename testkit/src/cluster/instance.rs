use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::{BoxFuture, Clock};
use seawall_store::Store;

/// What an instance of a service does in a simulation.
pub trait Instance: 'static {
    /// Returns the client's background work, which runs until the instance crashes.
    fn background(&self) -> BoxFuture<'static, ()>;

    /// Makes a call. Completes with what the call holds if it was admitted, which is dropped when the call
    /// ends; with `None` if it was refused.
    fn call(&self) -> BoxFuture<'static, Option<Held>>;

    /// Returns how long an admitted call lasts, by a uniform random number from 0 to below 1. By default
    /// it ends at once.
    fn lasts(&self, random: f64) -> Duration {
        let _ = random;
        Duration::ZERO
    }
}

/// What an admitted call holds until it ends: `Box::new(())` if nothing.
pub type Held = Box<dyn Any + Send>;

/// What an instance is started with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setup {
    /// The number of the instance, from 0.
    pub index: usize,
    /// How often it was started before.
    pub crashes: usize,
    /// The store, over the instance's own connection.
    pub store: Arc<dyn Store>,
    /// The instance's clock.
    pub clock: Clock,
    /// A seed for the client's random numbers.
    pub seed: u64,
}
