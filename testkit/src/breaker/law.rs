use super::Subject;
use super::laws::{books, closed, half_open, late, open, threads, time};

/// One thing that every circuit breaker has to keep to.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Law {
    /// Its name, which is that of its test.
    pub name: &'static str,
    /// The law.
    pub sentence: &'static str,
    check: fn(&Subject<'_>),
}

impl Law {
    /// Tests whether `subject` keeps the law.
    ///
    /// # Panics
    /// If it does not, and says where.
    pub fn check(&self, subject: &Subject<'_>) {
        (self.check)(subject);
    }

    /// The law called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        LAWS.iter().find(|law| law.name == name)
    }
}

macro_rules! list {
    ([$($law:ident in $module:ident: $sentence:literal,)*]) => {
        /// All laws of circuit breakers.
        pub const LAWS: &[Law] = &[
            $(Law { name: stringify!($law), sentence: $sentence, check: $module::$law },)*
        ];
    };
}

crate::__each_breaker_law! { { list } {} }
