//! What a breaker with a shared view does, seen from outside, on a clock that is turned by hand.

mod alone;
mod cluster;
mod probing;
mod view;
