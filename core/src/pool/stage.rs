use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

crate::__named! {
    /// A stage of a checkout.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Stage {
        /// Waits for a permit.
        Waiting = "waiting",
        /// Has a permit and creates a resource.
        Connecting = "connecting",
        /// Has a resource and checks that it is still good.
        Checking = "checking",
        /// Has a good resource and removes what the last borrower left.
        Resetting = "resetting",
    }
}

/// A checkout that was cut by its deadline after it had got its permit: the source of a
/// [`Refusal`](crate::Refusal) with the kind `ResourceUnavailable`.
///
/// Its own source is the error of the last connect, if none has succeeded since.
#[derive(Clone)]
pub struct TooSlow {
    stage: Stage,
    after: Duration,
    last_error: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TooSlow {
    /// Creates the error of a checkout that was cut when `stage` had lasted for `after`.
    #[must_use]
    pub const fn new(stage: Stage, after: Duration) -> Self {
        Self { stage, after, last_error: None }
    }

    /// Sets the error of the last connect, if there is one.
    #[must_use]
    pub fn with_last_error(mut self, error: Option<Arc<dyn StdError + Send + Sync>>) -> Self {
        self.last_error = error;
        self
    }

    /// Returns the stage in which the checkout was cut.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Returns the duration of that stage, without an earlier wait for a permit.
    #[must_use]
    pub const fn after(&self) -> Duration {
        self.after
    }
}

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} took longer than {:.1?}", self.stage, self.after)
    }
}

impl fmt::Debug for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TooSlow")
            .field("stage", &self.stage)
            .field("after", &self.after)
            .field("last_error", &self.last_error)
            .finish()
    }
}

impl StdError for TooSlow {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.last_error {
            Some(error) => Some(&**error),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_took_how_long_and_hands_on_the_last_error_untouched() {
        let slow = TooSlow::new(Stage::Connecting, Duration::from_micros(4_999_931));
        assert_eq!(slow.to_string(), "connecting took longer than 5.0s");
        assert!(slow.source().is_none());
        let slow = slow.with_last_error(Some(Arc::new(std::io::Error::other("refused"))));
        assert_eq!(slow.to_string(), "connecting took longer than 5.0s", "the source is apart");
        let source = slow.source().and_then(|source| source.downcast_ref::<std::io::Error>());
        assert_eq!(source.map(ToString::to_string).as_deref(), Some("refused"));
    }
}
