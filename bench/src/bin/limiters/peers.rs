//! All subjects.

use std::sync::Arc;

use seawall_bench::Subject;

use crate::keys::Keys;
use crate::unkeyed::Situation;

mod floor;
mod governor;
mod leaky_bucket;
pub mod seawall;
mod seawall_governor;
mod tower;
mod tower_resilience;

/// Index of governor in [`unkeyed`].
pub const GOVERNOR: usize = 1;
/// Index of governor in [`keyed`], looked up from a `&str`.
pub const FROM_STR: usize = 1;
/// Index of governor in [`keyed`], looked up with an existing `String`.
pub const AT_HAND: usize = 2;

pub fn unkeyed() -> Vec<Subject<Situation>> {
    let mut all = vec![floor::UNKEYED, governor::UNKEYED];
    all.extend(seawall::UNKEYED);
    all.push(seawall_governor::UNKEYED);
    all.push(leaky_bucket::UNKEYED);
    all.push(tower::UNKEYED);
    all.push(tower_resilience::UNKEYED);
    all
}

pub fn keyed() -> Vec<Subject<Arc<Keys>>> {
    let mut all = vec![floor::KEYED];
    all.extend(governor::KEYED);
    all.extend(seawall::KEYED);
    all
}

/// What is not measured, and why.
pub const LEFT_OUT: [&str; 4] = [
    "- leaky-bucket, tower and tower-resilience have no keys.",
    "- tower's limiter never denies: it delays calls.",
    "- tower's limiter needs `&mut`, so threads cannot share it without something in front of it.",
    "- leaky-bucket denies with the result of `try_acquire`; tower-resilience returns an error at \
     once, since it is given no time to wait.",
];
