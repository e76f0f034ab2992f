//! Times that are measured, and the timeouts that follow them.

mod accuracy;
mod random;
mod timeout;
mod windows;
