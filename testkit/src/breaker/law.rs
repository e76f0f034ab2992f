use super::laws::{changing, closed, counting, forcing, half_open, late, open, threads, time};
use super::{Handles, Setup};

/// A law of circuit breakers.
pub type Law = crate::law::Law<Setup, Handles>;

crate::__each_breaker_law! {
    { crate::law::__law_list }
    {
        /// All laws of circuit breakers.
        Law
    }
}
