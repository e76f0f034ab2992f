use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How far a checkout has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It waits for a place.
    Waiting,
    /// It has a place and makes a resource.
    Connecting,
    /// It has a resource and asks whether that is still good.
    Checking,
    /// It has a good resource and wipes away what the last borrower left.
    Resetting,
}

impl Stage {
    /// The name a sentence uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connecting => "connecting",
            Self::Checking => "checking",
            Self::Resetting => "resetting",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A checkout was cut by its deadline when it had a place already: the source of a
/// [`Refusal`](crate::Refusal) that says that the resource is unavailable.
///
/// Its own source is the last error that connecting ended with, where there has been one since
/// connecting last worked.
#[derive(Clone)]
pub struct TooSlow {
    stage: Stage,
    after: Duration,
    last_error: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TooSlow {
    /// A checkout that was cut when `stage` had lasted for `after`.
    #[must_use]
    pub const fn new(stage: Stage, after: Duration) -> Self {
        Self { stage, after, last_error: None }
    }

    /// With the last error that connecting ended with, if there is one.
    #[must_use]
    pub fn with_last_error(mut self, error: Option<Arc<dyn StdError + Send + Sync>>) -> Self {
        self.last_error = error;
        self
    }

    /// What it was about to do.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// How long that had lasted. A wait for a place that came before is not part of it.
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
