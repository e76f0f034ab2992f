use std::sync::{Mutex, OnceLock, PoisonError};

use seawall_breaker::CircuitBreaker;
use seawall_core::{Detail, Event, Observer};
use serde::Deserialize;

/// What an observer does when it gets a state change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Manner {
    /// Reads the state and the counters of the breaker that has changed.
    Reads,
    /// Panics in its callback.
    Panics,
}

/// Someone who listens to changes, and may ask back.
#[derive(Debug)]
pub(crate) struct Listener {
    manner: Option<Manner>,
    breaker: OnceLock<CircuitBreaker>,
    heard: Mutex<Vec<String>>,
}

impl Listener {
    pub(crate) fn new(manner: Option<Manner>) -> Self {
        Self { manner, breaker: OnceLock::new(), heard: Mutex::default() }
    }

    /// Which breaker to ask.
    pub(crate) fn meet(&self, breaker: &CircuitBreaker) {
        if self.manner.is_some() {
            self.breaker.get_or_init(|| breaker.clone());
        }
    }

    /// The states that it has read, or `panic` where it panicked.
    pub(crate) fn heard(&self) -> String {
        self.lock().join(",")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Listener {
    fn observe(&self, event: &Event<'_>) {
        let (Detail::Changed(_), Some(manner)) = (&event.detail, self.manner) else { return };
        match manner {
            Manner::Reads => {
                let Some(breaker) = self.breaker.get() else { return };
                let state = breaker.status().state;
                self.lock().push(state.to_string());
            }
            Manner::Panics => {
                self.lock().push("panic".to_owned());
                // A panic as any other, but for the message on the terminal.
                std::panic::resume_unwind(Box::new("the listener panics"));
            }
        }
    }
}
