use super::Setup;
use super::laws::{
    age, back, close, deadline, dropped, maintain, order, panics, places, refusal, status, threads,
    time,
};
use super::started::Started;

/// A law of pools.
pub type Law = crate::law::Law<Setup, Started>;

crate::__each_pool_law! {
    { crate::law::__law_list }
    {
        /// All laws of pools.
        Law
    }
}
