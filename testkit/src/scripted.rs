use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Change, Component, Entry, Exit, Layer, Name, Pending, Refusal, RefusalKind,
    Status, Tick, Token, Verdict,
};

use crate::yield_times;

/// A backend that answers as scripted, or else admits the call, and counts its calls.
#[derive(Debug)]
pub struct Scripted {
    layer: Layer,
    script: Mutex<VecDeque<Answer>>,
    counts: Arc<Mutex<CallCounts>>,
    refuses_extra: AtomicBool,
    notes_changes: AtomicBool,
    changes: AtomicU64,
}

/// An answer of a [`Scripted`] backend.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Admits the call.
    Go,
    /// Admits the call, to start after this time.
    GoAfter(Duration),
    /// Takes nothing; the call asks again after this time.
    AskAfter(Duration),
    /// Refuses the call.
    Refuse(RefusalKind),
    /// Admits the call after this number of awaits.
    Later(usize),
    /// Never answers, and refuses after this time.
    Never(Duration, RefusalKind),
    /// Panics in `enter`.
    Panic,
}

/// Counts the calls of a [`Scripted`] backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// Number of calls admitted.
    pub admitted: u64,
    /// Number of calls ended, by [`Verdict::index`].
    pub ended: [u64; Verdict::ALL.len()],
    /// Number of calls cut by their timeout.
    pub timed_out: u64,
}

impl CallCounts {
    /// Returns the number of calls that ended with `verdict`.
    #[must_use]
    pub fn ended(&self, verdict: Verdict) -> u64 {
        self.ended[verdict.index()]
    }

    /// Returns the number of calls that have not ended.
    ///
    /// # Panics
    /// If more calls ended than were admitted.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        let ended: u64 = self.ended.iter().sum();
        self.admitted.checked_sub(ended).expect("no call ends twice")
    }
}

impl Scripted {
    /// Creates a backend called `name` for a `component`, which admits every call.
    #[must_use]
    pub fn new(component: Component, name: impl Into<Name>) -> Self {
        let layer = Layer::new(component, name);
        let (script, counts, refuses_extra, notes_changes, changes) = Default::default();
        Self { layer, script, counts, refuses_extra, notes_changes, changes }
    }

    /// Sets whether the backend takes retries and hedges. By default it does.
    pub fn accept_extra(&self, accepts: bool) {
        self.refuses_extra.store(!accepts, Ordering::Release);
    }

    /// Sets whether each call that asks and each end notes a change of state. By default they do not.
    pub fn note_changes(&self, notes: bool) {
        self.notes_changes.store(notes, Ordering::Release);
    }

    fn change(&self, cause: &'static str) -> Option<Change> {
        self.notes_changes.load(Ordering::Acquire).then(|| {
            let sequence = self.changes.fetch_add(1, Ordering::AcqRel) + 1;
            Change::new("scripted", "scripted", cause).with_sequence(sequence)
        })
    }

    /// Schedules `answer` for the next call that has no answer scheduled yet.
    pub fn then(&self, answer: Answer) -> &Self {
        lock(&self.script).push_back(answer);
        self
    }

    /// Discards the answers that were not given.
    pub fn forget(&self) {
        lock(&self.script).clear();
    }

    /// Returns the counts.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        lock(&self.counts).clone()
    }

    fn admit(&self) -> Token {
        admit(&self.counts)
    }
}

fn admit(counts: &Mutex<CallCounts>) -> Token {
    let mut counts = lock(counts);
    counts.admitted += 1;
    Token(counts.admitted, 0)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for Scripted {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        if let Some(change) = self.change("a call") {
            call.note(change);
        }
        let answer = lock(&self.script).pop_front().unwrap_or(Answer::Go);
        match answer {
            Answer::Go => Entry::Go(self.admit()),
            Answer::GoAfter(wait) => Entry::GoAt(self.admit(), call.now() + wait),
            Answer::AskAfter(wait) => Entry::AskAt(call.now() + wait),
            Answer::Refuse(kind) => Entry::Refuse(Refusal::new(kind, &self.layer)),
            Answer::Later(awaits) => {
                let counts = Arc::clone(&self.counts);
                let answer = Box::pin(async move {
                    yield_times(awaits).await;
                    Entry::Go(admit(&counts))
                });
                let refusal = Refusal::new(RefusalKind::CheckoutTimeout, &self.layer);
                Entry::Pending(Pending::new(answer, Tick::MAX, refusal))
            }
            Answer::Never(wait, kind) => Entry::Pending(Pending::new(
                Box::pin(std::future::pending()),
                call.patience(wait),
                Refusal::new(kind, &self.layer),
            )),
            Answer::Panic => panic!("scripted panic"),
        }
    }

    fn exit(&self, _token: Token, exit: &Exit<'_>) {
        if let Some(change) = self.change("an end") {
            exit.note(change);
        }
        let mut counts = lock(&self.counts);
        counts.ended[exit.verdict().index()] += 1;
        counts.timed_out += u64::from(exit.was_timed_out());
    }

    fn accepts_extra(&self, _call: &Call<'_>) -> bool {
        !self.refuses_extra.load(Ordering::Acquire)
    }

    fn status(&self, _now: Tick) -> Status {
        Status::new(&self.layer, "scripted").with_gauge(
            "in_flight",
            self.counts().in_flight(),
            "{call}",
        )
    }
}
