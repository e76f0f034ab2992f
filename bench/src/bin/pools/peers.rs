//! All subjects: each library alone, and Seawall's pools.

use seawall_bench::Subject;

use crate::crowd::Contender;

mod bb8;
mod by_hand;
mod deadpool;
mod native;
mod r2d2;
mod seawall;

pub type Section<S> = (&'static str, Vec<S>);

/// Subjects that use idle connections. The first of each section is what the others are compared with.
pub fn idle() -> Vec<Section<Subject<()>>> {
    vec![
        ("Idle connections", native::idle()),
        ("Two idle connections at once", native::pairs()),
        ("With rate limit, circuit breaker and timeout", by_hand::idle()),
        ("Idle connections, on a thread", native::blocking()),
        ("Idle connections, over deadpool", deadpool::idle()),
        ("Two idle connections at once, over deadpool", deadpool::pairs()),
        ("Idle connections, over bb8", bb8::idle()),
        ("Idle connections, over r2d2, on a thread", r2d2::idle()),
    ]
}

/// Tasks that wait for each other.
pub fn tasks() -> Vec<Section<Contender>> {
    vec![
        ("", native::crowd()),
        (", with rate limit, circuit breaker and timeout", by_hand::crowd()),
        (" of deadpool", deadpool::crowd()),
        (" of bb8", bb8::crowd()),
    ]
}

/// Threads that wait for each other.
pub fn threads() -> Vec<Section<Contender>> {
    vec![("", native::crowd_of_threads()), (" of r2d2", r2d2::crowd())]
}

/// What is not measured, and why.
pub const LEFT_OUT: &str = "- mobc is left out: it returns a connection in a separate task, so a \
     caller that asks again at once finds none.";
