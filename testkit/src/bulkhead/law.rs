use super::laws::{changing, closing, counting, permits, threads, waiting};
use super::{Claim, Handles, Setup};

/// A law of bulkheads.
pub type Law = crate::law::Law<Setup, Handles, Claim>;

crate::__each_bulkhead_law! {
    { crate::law::__law_list }
    {
        /// All laws of bulkheads.
        Law
    }
}
