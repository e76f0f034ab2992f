use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Component, Entry, Exit, Layer, Name, Pending, Refusal, RefusalKind, Status,
    Tick, Token, Verdict,
};

use crate::yield_times;

/// A backend that answers as it was told, or else lets the call through, and keeps the books.
#[derive(Debug)]
pub struct Scripted {
    layer: Layer,
    script: Mutex<VecDeque<Answer>>,
    books: Mutex<Books>,
}

/// What a [`Scripted`] backend answers to one question.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Let it through.
    Go,
    /// Let it through, but not before this long from now.
    GoAfter(Duration),
    /// Take nothing; have it ask again this long from now.
    AskAfter(Duration),
    /// Refuse it.
    Refuse(RefusalKind),
    /// Let it through after this many awaits.
    Later(usize),
    /// Never answer, and refuse after this long.
    Never(Duration, RefusalKind),
    /// Panic.
    Panic,
}

/// What became of the calls that a [`Scripted`] backend let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// How many it let through.
    pub admitted: u64,
    /// How many ended, by [`Verdict::index`].
    pub ended: [u64; Verdict::ALL.len()],
    /// How many of these were cut by their timeout.
    pub timed_out: u64,
}

impl Books {
    /// How many ended with `verdict`.
    #[must_use]
    pub fn ended(&self, verdict: Verdict) -> u64 {
        self.ended[verdict.index()]
    }

    /// How many have not ended yet. Below zero, and a panic, if any ended twice.
    ///
    /// # Panics
    /// If more calls ended than were let through.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        let ended: u64 = self.ended.iter().sum();
        self.admitted.checked_sub(ended).expect("no call ends twice")
    }
}

impl Scripted {
    /// A backend called `name` that stands for a `component` and lets everything through.
    #[must_use]
    pub fn new(component: Component, name: impl Into<Name>) -> Self {
        let layer = Layer::new(component, name);
        Self { layer, script: Mutex::default(), books: Mutex::default() }
    }

    /// Has it answer the next question that has no answer yet with `answer`.
    pub fn then(&self, answer: Answer) -> &Self {
        lock(&self.script).push_back(answer);
        self
    }

    /// Forgets the answers that were not given.
    pub fn forget(&self) {
        lock(&self.script).clear();
    }

    /// The books.
    #[must_use]
    pub fn books(&self) -> Books {
        lock(&self.books).clone()
    }

    fn admit(&self) -> Token {
        let mut books = lock(&self.books);
        books.admitted += 1;
        Token(books.admitted, 0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for Scripted {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, call: &Call<'_>) -> Entry<'_> {
        let answer = lock(&self.script).pop_front().unwrap_or(Answer::Go);
        match answer {
            Answer::Go => Entry::Go(self.admit()),
            Answer::GoAfter(wait) => Entry::GoAt(self.admit(), call.now() + wait),
            Answer::AskAfter(wait) => Entry::AskAt(call.now() + wait),
            Answer::Refuse(kind) => Entry::Refuse(Refusal::new(kind, &self.layer)),
            Answer::Later(awaits) => Entry::Pending(Pending::new(
                Box::pin(async move {
                    yield_times(awaits).await;
                    Entry::Go(self.admit())
                }),
                Tick::MAX,
                Refusal::new(RefusalKind::CheckoutTimeout, &self.layer),
            )),
            Answer::Never(wait, kind) => Entry::Pending(Pending::new(
                Box::pin(std::future::pending()),
                call.patience(wait),
                Refusal::new(kind, &self.layer),
            )),
            Answer::Panic => panic!("scripted panic"),
        }
    }

    fn exit(&self, _token: Token, exit: &Exit<'_>) {
        let mut books = lock(&self.books);
        books.ended[exit.verdict().index()] += 1;
        books.timed_out += u64::from(exit.was_timed_out());
    }

    fn status(&self, _now: Tick) -> Status {
        Status::new(&self.layer, "scripted").with("in_flight", self.books().in_flight())
    }
}
