//! Everyone.

use std::sync::Arc;

use seawall_bench::Subject;

use crate::keys::Keys;
use crate::unkeyed::Situation;

mod floor;
mod governor;
mod leaky_bucket;
pub mod seawall;
mod tower;
mod tower_resilience;

/// Where in [`unkeyed`] governor is.
pub const GOVERNOR: usize = 1;
/// Where in [`keyed`] governor is, asked from a `&str`.
pub const FROM_STR: usize = 1;
/// Where in [`keyed`] governor is, with a `String` at hand.
pub const AT_HAND: usize = 2;

pub fn unkeyed() -> Vec<Subject<Situation>> {
    let mut all = vec![floor::UNKEYED, governor::UNKEYED];
    all.extend(seawall::UNKEYED);
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
    "- tower's limit denies nothing: it makes a call wait.",
    "- tower's limit cannot be shared by threads without something in front of it: it wants `&mut`.",
    "- leaky-bucket's denial is the answer of `try_acquire`; tower-resilience's is an error of the \
     call, told at once, since it is given no time to wait.",
];
