//! The parts that the lists of laws share: a law, the components it is checked on, and the table
//! that says which laws are kept.

use std::fmt;

mod crowd;
mod macros;
mod random;
mod same;
mod subject;
mod table;

pub(crate) use self::crowd::{THREADS, at_once};
pub(crate) use self::macros::__law_list;
pub(crate) use self::random::Random;
pub(crate) use self::same::assert_same;
pub use self::subject::Subject;
pub use self::table::{NotKept, assert_column};

use std::time::Duration;

use seawall_core::{Status, Tick};

/// The smallest difference between two times.
pub(crate) const MOMENT: Duration = Duration::from_nanos(1);

/// When a law's component is started: late enough that earlier times exist.
pub(crate) const BEGIN: Tick = Tick::from_millis(1_000_000);

/// One rule of behaviour for all components of a kind: a `T` that is started from an `S`.
#[non_exhaustive]
pub struct Law<S, T, C = ()> {
    /// Its name, which is also the name of its test.
    pub name: &'static str,
    /// The group of laws that it belongs to, which can be declared as a whole.
    pub group: &'static str,
    /// The rule in one sentence.
    pub sentence: &'static str,
    check: fn(&Subject<'_, S, T, C>),
}

impl<S, T, C> Law<S, T, C> {
    pub(crate) const fn new(
        name: &'static str,
        group: &'static str,
        sentence: &'static str,
        check: fn(&Subject<'_, S, T, C>),
    ) -> Self {
        Self { name, group, sentence, check }
    }

    /// Checks that `subject` keeps the law.
    ///
    /// # Panics
    /// If it does not; the message says what was expected and what happened.
    pub fn check(&self, subject: &Subject<'_, S, T, C>) {
        (self.check)(subject);
    }
}

impl<S, T, C> fmt::Debug for Law<S, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Law({}: {})", self.name, self.sentence)
    }
}

/// Checks the law called `name`: the body of each test that the macros write.
#[doc(hidden)]
#[track_caller]
pub fn check_named<S, T, C>(laws: &[Law<S, T, C>], name: &str, subject: &Subject<'_, S, T, C>) {
    match laws.iter().find(|law| law.name == name) {
        Some(law) => law.check(subject),
        None => panic!("no law is called `{name}`"),
    }
}

/// Returns the reading called `name`.
#[track_caller]
pub(crate) fn read(status: &Status, name: &str) -> u64 {
    match status.reading(name) {
        Some(value) => value,
        None => panic!("a backend's status must have a reading `{name}`; this one has: {status}"),
    }
}
