use std::fmt;

/// The components that laws are checked on: starts a `T` from an `S` as often as the laws need, each
/// new and independent of all others.
pub struct Subject<'a, S, T, C = ()> {
    start: Box<Start<'a, S, T>>,
    /// What the component declares about itself, beyond what all of its kind promise.
    pub(crate) claim: C,
}

type Start<'a, S, T> = dyn Fn(&S) -> T + 'a;

impl<'a, S, T, C> Subject<'a, S, T, C> {
    pub(crate) fn starting(start: impl Fn(&S) -> T + 'a, claim: C) -> Self {
        Self { start: Box::new(start), claim }
    }

    /// Starts a new component.
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
