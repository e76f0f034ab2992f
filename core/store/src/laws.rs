//! What every store must do, as tests: for those who write a [`Store`] of their own.
//!
//! ```
//! # seawall_core::Clock::system().block_on(async {
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use seawall_core::Clock;
//! use seawall_store::laws::{self, Subject};
//! use seawall_store::{MemoryStore, Store, StoreKey};
//!
//! struct Memory(Arc<MemoryStore>);
//!
//! #[async_trait]
//! impl Subject for Memory {
//!     fn client(&self) -> Arc<dyn Store> {
//!         self.0.clone()
//!     }
//!
//!     async fn spoil(&self, key: &StoreKey, numbers: &[f64]) {
//!         self.0.write(key, numbers);
//!     }
//!
//!     async fn lose_data(&self) {
//!         self.0.restart_empty();
//!     }
//! }
//!
//! for law in laws::ALL {
//!     let memory = Memory(Arc::new(MemoryStore::new(Clock::system()))); // a new one for each
//!     law.check(Arc::new(memory)).await;
//! }
//! # });
//! ```

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Store, StoreKey};

mod checks;
mod scripts;
mod together;

/// A store that is tested, and what is done to it.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Returns the store as another instance of a service sees it, with a connection of its own.
    fn client(&self) -> Arc<dyn Store>;

    /// Writes `numbers` under `key`, as another program would.
    async fn spoil(&self, key: &StoreKey, numbers: &[f64]);

    /// Does what may lose data, for example restarts the server without its file, and waits until the store
    /// can serve.
    async fn lose_data(&self);
}

/// A test that every store must pass.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    name: &'static str,
    check: fn(Arc<dyn Subject>) -> Checking,
}

type Checking = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Law {
    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Checks it with a store that is empty.
    ///
    /// # Panics
    /// If the store does not keep to it, with what is wrong.
    pub fn check(&self, subject: Arc<dyn Subject>) -> impl Future<Output = ()> + Send {
        (self.check)(subject)
    }
}

macro_rules! laws {
    ($($law:ident)+) => {
        /// All of them.
        pub const ALL: &[Law] = &[$(
            Law { name: stringify!($law), check: |subject| Box::pin(checks::$law(subject)) },
        )+];
    };
}

laws! {
    runs_at_the_same_time_do_not_overlap
    a_run_runs_once_and_at_most_once_if_dropped
    a_dropped_run_leaves_the_store_usable
    each_key_has_a_state_of_its_own
    states_and_replies_keep_every_bit
    a_state_that_a_script_leaves_stays
    what_another_program_wrote_is_replaced
    all_clients_get_the_time_of_the_store
    the_epoch_stays_while_nothing_is_lost
    the_epoch_changes_when_data_may_be_lost
    an_epoch_does_not_begin_before_the_last_one_ends
}
