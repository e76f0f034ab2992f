use super::Setup;
use super::laws::{books, closed, half_open, late, open, threads, time};
use super::setup::Started;

/// One thing that every circuit breaker has to keep to.
pub type Law = crate::law::Law<Setup, Started>;

crate::__each_breaker_law! {
    { crate::law::__law_list }
    {
        /// All laws of circuit breakers.
        Law
    }
}
