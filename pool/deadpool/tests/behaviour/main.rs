//! What the pool promises, one file for each thing.

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
mod protected;
mod returning;
mod sharing;
mod sizes;
mod spawning;
mod status;
mod support;
