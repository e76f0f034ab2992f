use std::num::NonZeroU32;

/// One run of an operation, of perhaps several for the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    number: NonZeroU32,
    is_hedge: bool,
}

impl Attempt {
    /// The first one.
    pub(crate) const FIRST: Self = Self { number: NonZeroU32::MIN, is_hedge: false };

    /// Returns the number of the attempt, from 1: what HTTP has as `x-envoy-attempt-count`.
    #[inline]
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number.get()
    }

    /// Returns true if the call was sent before.
    #[must_use]
    pub const fn is_extra(self) -> bool {
        self.number() > 1
    }

    /// Returns true if the attempt before it has not ended: send it to another endpoint, if there are
    /// several.
    #[must_use]
    pub const fn is_hedge(self) -> bool {
        self.is_hedge
    }

    /// Returns the endpoint that this attempt goes to, where the first attempt of the call goes to number `first`
    /// of `endpoints`, from 0: each attempt goes to the next one in turn, so that neither a retry nor a copy goes
    /// where the call was sent just before. `None` if there are no endpoints.
    ///
    /// Let `first` differ from call to call, so that each endpoint gets its share.
    #[must_use]
    pub fn endpoint<T>(self, endpoints: &[T], first: usize) -> Option<&T> {
        let nth = usize::try_from(self.number() - 1).unwrap_or(usize::MAX);
        let at = first.wrapping_add(nth).checked_rem(endpoints.len())?;
        endpoints.get(at)
    }

    /// Returns the next one, after this one has failed.
    pub(crate) const fn next(self) -> Self {
        Self { number: self.number.saturating_add(1), is_hedge: false }
    }

    /// Returns the next one, while this one runs.
    pub(crate) const fn hedge(self) -> Self {
        Self { is_hedge: true, ..self.next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_goes_to_another_endpoint_in_turn() {
        let endpoints = ["a", "b", "c"];
        let (first, copy) = (Attempt::FIRST, Attempt::FIRST.hedge());
        let goes = |attempt: Attempt, first| attempt.endpoint(&endpoints, first).copied();
        assert_eq!([0, 1, 5].map(|start| goes(first, start)), [Some("a"), Some("b"), Some("c")]);
        assert_eq!([copy, copy.next()].map(|attempt| goes(attempt, 1)), [Some("c"), Some("a")]);
        assert_eq!(copy.endpoint(&["only"], usize::MAX), Some(&"only"));
        assert_eq!(first.endpoint::<u8>(&[], 0), None);
    }
}
