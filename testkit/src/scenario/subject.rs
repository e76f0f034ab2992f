use serde::de::DeserializeOwned;

use crate::ManualClock;

/// The component that rows are about.
pub trait Subject: Sized {
    /// The options, as rows write them: `options`, with those of `start` instead.
    type Options: DeserializeOwned;

    /// The subject while steps run, with what they leave behind, such as permits and the answers of
    /// calls.
    type Run<'s>: Run
    where
        Self: 's;

    /// Starts a subject with the clock `time`, which commands may advance.
    ///
    /// # Errors
    /// If it cannot be started from `options`: the text that rows expect after `invalid=`.
    fn start(options: Self::Options, time: &ManualClock) -> Result<Self, String>;

    /// Returns the run, before its first step.
    fn run(&self) -> Self::Run<'_>;

    /// Returns a word that is false where `word` is true, so that a row with it must fail.
    fn otherwise(word: &str) -> &'static str;
}

/// A subject while steps run.
pub trait Run {
    /// Begins a step: forgets the answers of the calls of the previous step.
    fn begin(&mut self);

    /// Executes one `command`, already split, repeated and ungrouped.
    ///
    /// # Errors
    /// If it is not a command, or cannot be executed. A refused call is not an error.
    fn obey(&mut self, command: &str) -> Result<(), String>;

    /// Checks that `word` is true. A word is a clause without `=`.
    ///
    /// # Errors
    /// With what is true instead, or if the word is unknown.
    fn is(&self, word: &str) -> Result<(), String>;

    /// Returns the value of `key`, as rows write it. It is compared as text.
    ///
    /// # Errors
    /// If the key is unknown.
    fn value(&self, key: &str) -> Result<String, String>;

    /// Checks that the `words` of this step mention everything that must be expected explicitly,
    /// such as a refused call. The default requires nothing.
    ///
    /// # Errors
    /// With what they do not mention.
    fn unsaid(&self, words: &[&str]) -> Result<(), String> {
        let _ = words;
        Ok(())
    }
}
