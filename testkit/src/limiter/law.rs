use super::laws::{
    changing, counting, giving_back, keys, memory, peeking, spending, threads, time, waiting,
};
use super::{Claim, Handles, Setup};

/// A law of rate limiters.
pub type Law = crate::law::Law<Setup, Handles, Claim>;

crate::__each_limiter_law! {
    { crate::law::__law_list }
    {
        /// All laws of rate limiters.
        Law
    }
}
