//! All subjects: each library alone, and Seawall's pools over it.

use seawall_bench::Subject;

use crate::crowd::Contender;

mod bb8;
mod deadpool;
mod r2d2;
mod seawall;

type Library<S> = (&'static str, Vec<S>);

/// Subjects that use idle connections. The library alone is the first.
pub fn idle() -> Vec<Library<Subject<()>>> {
    vec![
        ("Idle connections, over deadpool", deadpool::idle()),
        ("Idle connections, over bb8", bb8::idle()),
        ("Idle connections, over r2d2, on a thread", r2d2::idle()),
        ("Two idle connections at once, over deadpool", deadpool::pairs()),
        ("Two idle connections at once, over bb8", bb8::pairs()),
    ]
}

/// Tasks that wait for each other.
pub fn tasks() -> Vec<Library<Contender>> {
    vec![("deadpool", deadpool::crowd()), ("bb8", bb8::crowd())]
}

/// Threads that wait for each other.
pub fn threads() -> Vec<Library<Contender>> {
    vec![("r2d2", r2d2::crowd())]
}

/// What is not measured, and why.
pub const LEFT_OUT: &str = "- mobc is left out: it returns a connection in a separate task, so a \
     caller that asks again at once finds none.";
