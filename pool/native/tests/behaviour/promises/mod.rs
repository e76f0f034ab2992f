//! What every pool promises, whatever library keeps its idle resources; one file for each thing.
//!
//! Each backend's tests include these, with the backend's `Pool` and `Item` at their root.

mod allocation;
mod background;
mod cancellation;
mod closing;
mod deadlines;
mod draining;
mod errors;
mod events;
mod interleavings;
mod order;
mod panics;
mod peers;
mod protected;
mod returning;
mod sharing;
mod sizes;
mod spawning;
mod status;
pub(crate) mod support;

pub(crate) use self::support::poll as poll_once;
