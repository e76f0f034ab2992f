use super::{Diagnostic, Section};

/// A setting as it was read, before it is said what its absence means.
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
    /// Reported already.
    Bad,
}

impl<'s, T> Setting<'s, T> {
    /// The value; `None` if there is none, or none that is right.
    pub(crate) fn optional(self) -> Option<T> {
        match self.read {
            Read::Good(value) => Some(value),
            Read::Absent | Read::Bad => None,
        }
    }

    /// The value, or `default`.
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

    /// What `check` makes of the value, unless it says what is wrong with it.
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
