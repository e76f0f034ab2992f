use super::laws::{back, books, keys, look, memory, spend, threads, time, waiting};
use super::setup::Handles;
use super::{Bound, Setup};

/// One thing that every rate limiter has to keep to.
pub type Law = crate::law::Law<Setup, Handles, Bound>;

crate::__each_limiter_law! {
    { crate::law::__law_list }
    {
        /// All laws of rate limiters.
        Law
    }
}
