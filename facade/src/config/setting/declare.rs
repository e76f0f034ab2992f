//! A constructor for each kind of setting, with its bounds.

use std::time::Duration;

use super::Setting;
use crate::config::SettingDef;
#[cfg(feature = "store-redis")]
use crate::config::kind::Texts;
use crate::config::kind::{
    Copies, Kind, NameOf, Names, OperationTime, Rate, Tables, Word, Words, WrittenKey,
};

impl Setting<bool> {
    /// Declares a flag: true or false.
    #[must_use]
    pub const fn flag(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Flag)
    }
}

impl Setting<u32> {
    /// Declares a whole number from 1.
    #[must_use]
    pub const fn count(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Count { min: 1, max: u32::MAX })
    }

    /// Sets the least valid number.
    #[must_use]
    pub const fn min(mut self, least: u32) -> Self {
        if let Kind::Count { max, .. } = self.def.kind {
            self.def.kind = Kind::Count { min: least, max };
        }
        self
    }

    /// Sets the largest valid number.
    #[must_use]
    pub const fn max(mut self, largest: u32) -> Self {
        if let Kind::Count { min, .. } = self.def.kind {
            self.def.kind = Kind::Count { min, max: largest };
        }
        self
    }
}

impl Setting<f64> {
    /// Declares a fraction from 0 to 1.
    #[must_use]
    pub const fn ratio(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Ratio)
    }
}

impl Setting<Duration> {
    /// Declares a duration longer than zero, which is written with its unit: `"10s"`, `"1m 30s"`.
    #[must_use]
    pub const fn duration(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Duration { min: Duration::from_nanos(1) })
    }

    /// Allows zero.
    #[must_use]
    pub const fn or_zero(self) -> Self {
        self.min(Duration::ZERO)
    }

    /// Sets the shortest valid duration.
    #[must_use]
    pub const fn min(mut self, shortest: Duration) -> Self {
        self.def.kind = Kind::Duration { min: shortest };
        self
    }
}

impl Setting<String> {
    /// Declares a text.
    #[must_use]
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Text)
    }
}

#[cfg(feature = "store-redis")]
impl Setting<Texts> {
    /// Declares a list of texts, or one alone. In a variable, commas separate them.
    pub(crate) const fn texts(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Texts)
    }
}

impl Setting<Rate> {
    /// Declares a rate: a number, for which another setting has the period, or a text like `"100/s"`.
    #[must_use]
    pub const fn rate(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Rate { min: 1 })
    }

    /// Allows a rate of zero.
    #[must_use]
    pub const fn or_zero(mut self) -> Self {
        self.def.kind = Kind::Rate { min: 0 };
        self
    }
}

impl<W: Word> Setting<W> {
    /// Declares one of a few words.
    #[must_use]
    pub const fn word(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Word(words::<W>))
    }
}

impl<W: Word> Setting<Words<W>> {
    /// Declares a list of a few words.
    pub(crate) const fn words(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Words(words::<W>))
    }
}

impl Setting<OperationTime> {
    /// Declares the time that an operation has: fixed, or by a quantile.
    pub(crate) const fn operation_time(name: &'static str, about: &'static str) -> Self {
        let (expected, pattern) = (OperationTime::EXPECTED, OperationTime::pattern);
        Self::new(name, about, Kind::Form { expected, pattern })
    }
}

impl Setting<Copies> {
    /// Declares when copies of calls are sent.
    pub(crate) const fn copies(name: &'static str, about: &'static str) -> Self {
        let (expected, pattern) = (Copies::EXPECTED, Copies::pattern);
        Self::new(name, about, Kind::Form { expected, pattern })
    }
}

fn words<W: Word>() -> Vec<&'static str> {
    W::WORDS.iter().map(|(word, _)| *word).collect()
}

impl Setting<WrittenKey> {
    /// Declares a key of calls: a text, a number, a flag, or a list of these, as code has a tuple.
    #[must_use]
    pub const fn key(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Key)
    }
}

impl Setting<NameOf> {
    /// Declares the name of a component in the table `table`.
    pub(crate) const fn name_of(
        name: &'static str,
        table: &'static str,
        about: &'static str,
    ) -> Self {
        Self::new(name, about, Kind::Name(table))
    }
}

impl Setting<Names> {
    /// Declares the name of a component in the table `table`, or a list of different ones.
    pub(crate) const fn names(
        name: &'static str,
        table: &'static str,
        about: &'static str,
    ) -> Self {
        Self::new(name, about, Kind::Names(table))
    }
}

impl Setting<Tables> {
    /// Declares tables by name, each with the settings `each`.
    #[must_use]
    pub const fn tables(
        name: &'static str,
        about: &'static str,
        each: &'static [SettingDef],
    ) -> Self {
        Self::new(name, about, Kind::Tables(each))
    }

    /// Declares a table with other values for the settings of the component's backend.
    pub(crate) const fn shadow(name: &'static str, about: &'static str) -> Self {
        Self::new(name, about, Kind::Shadow)
    }
}
