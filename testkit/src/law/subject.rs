use std::fmt;

/// What laws are tested on: it starts a `T` from an `S` as often as they need, each new and
/// independent of all others.
pub struct Subject<'a, S, T, C = ()> {
    start: Box<Start<'a, S, T>>,
    /// What it says of itself that is not the same for all of its kind.
    pub(crate) claim: C,
}

type Start<'a, S, T> = dyn Fn(&S) -> T + 'a;

impl<'a, S, T, C> Subject<'a, S, T, C> {
    pub(crate) fn starting(start: impl Fn(&S) -> T + 'a, claim: C) -> Self {
        Self { start: Box::new(start), claim }
    }

    /// A new one.
    #[must_use]
    pub fn start(&self, setup: &S) -> T {
        (self.start)(setup)
    }
}

impl<S, T, C> fmt::Debug for Subject<'_, S, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(…)")
    }
}
