use std::borrow::Cow;

use seawall_core::Refusal;

use super::millis;

/// The answers that the calls of one step got, as words such as `permit` and `refused(rate_limited)`.
#[derive(Debug, Default)]
pub struct Answers {
    words: Vec<Cow<'static, str>>,
    refusals: Vec<Refusal>,
}

impl Answers {
    /// Forgets all answers: the next step begins.
    pub fn clear(&mut self) {
        self.words.clear();
        self.refusals.clear();
    }

    /// Adds an answer.
    pub fn add(&mut self, word: &'static str) {
        self.words.push(word.into());
    }

    /// Adds the refusal of a call.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.words.push(format!("refused({})", refusal.kind()).into());
        self.refusals.push(refusal);
    }

    /// Returns the refusals of this step.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Returns the `retry_after` of the last refusal, as rows write it.
    #[must_use]
    pub fn retry_after(&self) -> String {
        millis(self.refusals.last().and_then(Refusal::retry_after))
    }

    /// Checks that there were answers, and that all of them were `word`. `refused` is any refusal.
    ///
    /// # Errors
    /// With the answers.
    pub fn all_are(&self, word: &str) -> Result<(), String> {
        let is =
            |answer: &str| answer == word || (word == "refused" && answer.starts_with("refused("));
        match !self.words.is_empty() && self.words.iter().all(|answer| is(answer)) {
            true => Ok(()),
            false => Err(format!("the calls were answered {:?}", self.words)),
        }
    }

    /// Checks that a refusal is expected by one of `words`, if there was one.
    ///
    /// # Errors
    /// With the refusal.
    pub fn refusals_are_in(&self, words: &[&str]) -> Result<(), String> {
        match self.refusals.first() {
            Some(refusal) if !words.iter().any(|word| word.starts_with("refused")) => {
                Err(format!("a call was refused: {refusal}"))
            }
            _ => Ok(()),
        }
    }
}
