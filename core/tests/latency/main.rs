//! Times that are measured, and the timeouts that follow them.

mod accuracy;
mod hedge;
mod random;
mod timeout;
mod windows;
