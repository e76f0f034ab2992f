#![doc = include_str!("../README.md")]

pub mod circuit;
mod contact;
mod error;
mod key;
#[cfg(feature = "laws")]
pub mod laws;
mod memory;
mod number;
pub mod permits;
mod place;
mod random;
mod script;
mod store;
pub mod tokens;

pub use self::contact::{Contact, Warning};
pub use self::error::{StoreError, StoreErrorKind};
pub use self::key::{KeySecret, StoreKey};
pub use self::memory::MemoryStore;
pub use self::place::Place;
#[doc(hidden)]
pub use self::random::Random;
pub use self::script::{Applied, Moment, Script};
pub use self::store::Store;
