//! Everyone.

use crate::floor::FLOOR;
use crate::subject::Subject;

mod breaker;
mod failsafe;
mod recloser;
mod seatbelt;
mod seawall;
mod tower_resilience;

/// The floor is the first.
pub fn all() -> Vec<Subject> {
    let mut all = vec![FLOOR];
    all.extend(seawall::SUBJECTS);
    all.extend(recloser::SUBJECTS);
    all.extend(failsafe::SUBJECTS);
    all.extend(breaker::SUBJECTS);
    all.extend(seatbelt::SUBJECTS);
    all.extend(tower_resilience::SUBJECTS);
    all
}

/// What is not measured, and why.
pub const LEFT_OUT: [&str; 2] = [
    "- `failsafe/success-rate` is not opened: its policy trips only after a whole window, and \
     refuses as `failsafe/consecutive` does.",
    "- tower-resilience's time window is left out: it looks at every call in the window at every \
     call, which made one take 73 µs after a million, and the run minutes.",
];
