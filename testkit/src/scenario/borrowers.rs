use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

use seawall_core::Refusal;

use super::{Answers, Waiters};

/// Callers by name that hold something, such as a permit or a connection, or wait for it, while the steps of a
/// row are executed.
pub struct Borrowers<'a, T> {
    /// The answer to a caller that gets one.
    word: &'static str,
    held: BTreeMap<String, T>,
    waiters: Waiters<'a, Result<T, Refusal>>,
    /// How the calls of this step ended.
    pub answers: Answers,
    /// The callers that got one in this step, in order.
    pub served: Vec<String>,
}

impl<'a, T> Borrowers<'a, T> {
    /// Creates no callers. One that gets something is answered `word`.
    #[must_use]
    pub fn new(word: &'static str) -> Self {
        let (held, waiters) = (BTreeMap::new(), Waiters::default());
        Self { word, held, waiters, answers: Answers::default(), served: Vec::new() }
    }

    /// Begins a step: forgets the answers of the last one, and polls the callers that wait.
    pub fn begin(&mut self) {
        self.answers.clear();
        self.served.clear();
        self.poll();
    }

    /// Polls the callers that wait.
    pub fn poll(&mut self) {
        for (name, answer) in self.waiters.poll() {
            self.answer(name, answer);
        }
    }

    /// Checks that there is no caller of this name.
    ///
    /// # Errors
    /// If there is one.
    pub fn is_new(&self, name: &str) -> Result<(), String> {
        match self.held.contains_key(name) || self.waiters.contains(name) {
            true => Err(format!("`{name}` is there already")),
            false => Ok(()),
        }
    }

    /// Records the answer to a caller.
    pub fn answer(&mut self, name: impl Into<String>, answer: Result<T, Refusal>) {
        match answer {
            Ok(held) => {
                let name = name.into();
                self.answers.add(self.word);
                self.served.push(name.clone());
                self.held.insert(name, held);
            }
            Err(refusal) => self.answers.refuse(refusal),
        }
    }

    /// Adds a caller that waits.
    ///
    /// # Errors
    /// If there is one of this name.
    pub fn wait(
        &mut self,
        name: &str,
        call: impl Future<Output = Result<T, Refusal>> + 'a,
    ) -> Result<(), String> {
        self.is_new(name)?;
        self.waiters.add(name, call)
    }

    /// Drops a call that waits.
    ///
    /// # Errors
    /// If the caller does not wait.
    pub fn leave(&mut self, name: &str) -> Result<(), String> {
        self.waiters.cancel(name)
    }

    /// Returns true if a caller of this name waits.
    #[must_use]
    pub fn waits(&self, name: &str) -> bool {
        self.waiters.contains(name)
    }

    /// Returns what a caller holds.
    ///
    /// # Errors
    /// If it holds nothing.
    pub fn get(&self, name: &str) -> Result<&T, String> {
        self.held.get(name).ok_or_else(|| format!("`{name}` has none"))
    }

    /// Takes what a caller holds.
    ///
    /// # Errors
    /// If it holds nothing.
    pub fn take(&mut self, name: &str) -> Result<T, String> {
        self.held.remove(name).ok_or_else(|| format!("`{name}` has none"))
    }
}

impl<T> fmt::Debug for Borrowers<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Borrowers")
            .field("held", &self.held.keys())
            .field("waiters", &self.waiters)
            .finish_non_exhaustive()
    }
}
