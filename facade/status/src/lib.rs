#![doc = include_str!("../README.md")]

use std::sync::{Mutex, MutexGuard, PoisonError};

mod assets;
mod command;
mod control_routes;
mod controls;
mod document;
mod event_log;
mod health;
mod history;
mod known;
mod level;
mod live;
mod origin;
mod page;
mod past;
mod recorder;
mod routes;
mod samples;
mod secret;
mod tally;
mod text;

pub use self::controls::Controls;
pub use self::health::health_router;
pub use self::page::StatusPage;
pub use self::recorder::Recorder;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The examples of `docs/status-page.md`, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/status-page.md")]
pub struct Guide;
