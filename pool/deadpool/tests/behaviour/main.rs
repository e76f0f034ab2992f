//! What the pool promises, one file for each thing.

mod allocation;
mod cancellation;
mod closing;
mod deadlines;
mod errors;
mod events;
mod interleavings;
mod order;
mod panics;
mod returning;
mod sharing;
mod status;
mod support;
