#![doc = include_str!("../README.md")]

use std::sync::{Mutex, MutexGuard, PoisonError};

mod document;
mod event_log;
mod history;
mod level;
mod page;
mod past;
mod recorder;
mod routes;
mod tally;
mod text;

pub use self::page::StatusPage;
pub use self::recorder::Recorder;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
