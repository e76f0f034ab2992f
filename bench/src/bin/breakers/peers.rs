//! All subjects.

use crate::floor::FLOOR;
use crate::subject::Subject;

mod breaker;
mod failsafe;
mod recloser;
mod seatbelt;
mod seawall;
mod seawall_failsafe;
mod tower_resilience;

/// All subjects; the floor is the first.
pub fn all() -> Vec<Subject> {
    let mut all = vec![FLOOR];
    all.extend(seawall::SUBJECTS);
    all.extend(recloser::SUBJECTS);
    all.extend(failsafe::SUBJECTS);
    all.push(seawall_failsafe::SUBJECT);
    all.extend(breaker::SUBJECTS);
    all.extend(seatbelt::SUBJECTS);
    all.extend(tower_resilience::SUBJECTS);
    all
}

/// What is not measured, and why.
pub const LEFT_OUT: [&str; 2] = [
    "- `failsafe/success-rate` has no row for refusals: its policy opens only after a whole \
     window, and refuses like `failsafe/consecutive`.",
    "- tower-resilience's time window is left out: each call visits every call in the window, \
     which took 73 µs per call after a million calls.",
];
