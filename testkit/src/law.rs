//! What the lists of laws have in common: a law, what it is tested on, and the table of which are
//! kept.

use std::fmt;

mod chance;
mod crowd;
mod macros;
mod same;
mod subject;
mod table;

pub(crate) use self::chance::Chance;
pub(crate) use self::crowd::{THREADS, at_once};
pub(crate) use self::macros::__law_list;
pub(crate) use self::same::assert_same;
pub use self::subject::Subject;
pub use self::table::{assert_readme, table};

use std::time::Duration;

use seawall_core::{Status, Tick};

/// The smallest time there is.
pub(crate) const MOMENT: Duration = Duration::from_nanos(1);

/// When a law begins, so that there is a time before it too.
pub(crate) const BEGIN: Tick = Tick::from_millis(1_000_000);

/// One thing that everything of a kind has to keep to: whatever is started from an `S` as a `T`.
#[non_exhaustive]
pub struct Law<S, T, C = ()> {
    /// Its name, which is that of its test.
    pub name: &'static str,
    /// The law.
    pub sentence: &'static str,
    check: fn(&Subject<'_, S, T, C>),
}

impl<S, T, C> Law<S, T, C> {
    pub(crate) const fn new(
        name: &'static str,
        sentence: &'static str,
        check: fn(&Subject<'_, S, T, C>),
    ) -> Self {
        Self { name, sentence, check }
    }

    /// Tests whether `subject` keeps the law.
    ///
    /// # Panics
    /// If it does not, and says where.
    pub fn check(&self, subject: &Subject<'_, S, T, C>) {
        (self.check)(subject);
    }

    /// The law called `name`, of `laws`.
    #[must_use]
    pub fn find(laws: &'static [Self], name: &str) -> Option<&'static Self> {
        laws.iter().find(|law| law.name == name)
    }
}

impl<S, T, C> fmt::Debug for Law<S, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Law({}: {})", self.name, self.sentence)
    }
}

/// The reading called `name`, which has to be there.
#[track_caller]
pub(crate) fn read(status: &Status, name: &str) -> u64 {
    match status.reading(name) {
        Some(value) => value,
        None => panic!("the status has a reading `{name}`; but: {status}"),
    }
}
