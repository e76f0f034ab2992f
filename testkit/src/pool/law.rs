use super::Setup;
use super::laws::{
    age, back, close, deadline, dropped, maintain, order, panics, places, refusal, status, threads,
    time,
};
use super::started::Started;

/// One thing that every pool has to keep to.
pub type Law = crate::law::Law<Setup, Started>;

crate::__each_pool_law! {
    { crate::law::__law_list }
    {
        /// All laws of pools.
        Law
    }
}
