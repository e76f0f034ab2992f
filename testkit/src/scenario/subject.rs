use serde::de::DeserializeOwned;

use crate::ManualClock;

/// What rows are about.
pub trait Subject: Sized {
    /// What it is started from, as rows write it: `options`, and what `start` says instead.
    type Options: DeserializeOwned;

    /// It, while steps are done to it, with what they leave behind: permits that are kept, what calls
    /// were told.
    type Run<'s>: Run
    where
        Self: 's;

    /// Starts one that goes by `time`. Commands may let time pass on it.
    ///
    /// # Errors
    /// If none can be started from `options`: the text that rows expect after `invalid=`.
    fn start(options: Self::Options, time: &ManualClock) -> Result<Self, String>;

    /// It, before the first step.
    fn run(&self) -> Self::Run<'_>;

    /// A word that is not so where `word` is. With that in its place, a row has to fail.
    fn otherwise(word: &str) -> &'static str;
}

/// A subject while steps are done to it.
pub trait Run {
    /// A step begins: what is said of the calls of a step is said of none yet.
    fn begin(&mut self);

    /// Does one thing: `command` is what stands between commas, repeated and grouped as that may be.
    ///
    /// # Errors
    /// If it is no command, or cannot be done. A call that is refused is no error.
    fn obey(&mut self, command: &str) -> Result<(), String>;

    /// Is `word` so? A word is a clause without `=`.
    ///
    /// # Errors
    /// If it is not, with what is so instead; or if nobody knows the word.
    fn is(&self, word: &str) -> Result<(), String>;

    /// What `key` stands for, as rows write it. It is compared as text.
    ///
    /// # Errors
    /// If nobody knows what it stands for.
    fn value(&self, key: &str) -> Result<String, String>;

    /// Do the `words` of this step say all that has to be said of it? A call that is refused, say,
    /// has to be expected.
    ///
    /// # Errors
    /// If they do not, with what is left unsaid.
    fn unsaid(&self, words: &[&str]) -> Result<(), String>;
}
