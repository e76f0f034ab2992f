use super::{Diagnostic, Section};

/// A setting that was read; the caller says what its absence means.
#[derive(Debug)]
#[must_use = "say what holds where it is absent: `optional`, `or` or `required`"]
pub(crate) struct Setting<'s, T> {
    pub(super) section: &'s Section<'s>,
    pub(super) name: &'s str,
    pub(super) expected: String,
    pub(super) read: Read<T>,
}

#[derive(Debug)]
pub(super) enum Read<T> {
    Good(T),
    Absent,
    /// Wrong, and reported.
    Bad,
}

impl<'s, T> Setting<'s, T> {
    /// Returns the value; `None` if it is absent or wrong.
    pub(crate) fn optional(self) -> Option<T> {
        match self.read {
            Read::Good(value) => Some(value),
            Read::Absent | Read::Bad => None,
        }
    }

    /// Returns the value, or `default`.
    pub(crate) fn or(self, default: T) -> T {
        self.optional().unwrap_or(default)
    }

    /// Returns the value. Reports it as missing if there is none; `None` means that something was
    /// reported.
    #[cfg(feature = "__limiter")]
    pub(crate) fn required(self) -> Option<T> {
        if matches!(self.read, Read::Absent) {
            self.section.report_missing(self.name, &self.expected);
        }
        self.optional()
    }

    /// Maps the value by `check`, or reports what `check` finds wrong with it.
    pub(crate) fn check<U>(self, check: impl FnOnce(T) -> Result<U, Diagnostic>) -> Setting<'s, U> {
        let Self { section, name, expected, read } = self;
        let read = match read {
            Read::Good(value) => match check(value) {
                Ok(value) => Read::Good(value),
                Err(wrong) => {
                    section.report(name, wrong, &expected);
                    Read::Bad
                }
            },
            Read::Absent => Read::Absent,
            Read::Bad => Read::Bad,
        };
        Setting { section, name, expected, read }
    }
}
