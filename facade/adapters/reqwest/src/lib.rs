#![doc = include_str!("../README.md")]

mod classify;
mod client;
mod end;
#[cfg(feature = "middleware")]
mod middleware;
mod protect;
mod repeat;

pub use self::classify::ReqwestResult;
pub use self::client::client_builder;
#[cfg(feature = "middleware")]
pub use self::middleware::{elapsed_of, refusal_of};
pub use self::protect::{Protect, by_origin};
