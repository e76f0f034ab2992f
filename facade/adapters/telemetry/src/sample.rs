use std::borrow::Cow;

use crate::{Attributes, Instrument};

/// The value of one series when it was read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The instrument, which is no histogram.
    pub instrument: &'static Instrument,
    /// What tells the series from others of the instrument.
    pub attributes: Attributes,
    /// The value: whole numbers, of a counter since the component was created.
    pub value: f64,
}

impl Sample {
    #[expect(clippy::cast_precision_loss, reason = "counts above 2^53 lose their last digits")]
    pub(crate) fn count(
        instrument: &'static Instrument,
        value: u64,
        attributes: Attributes,
    ) -> Self {
        Self { instrument, attributes, value: value as f64 }
    }

    /// Returns the value of a counter as the whole number that it is.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are whole and not negative"
    )]
    pub fn whole(&self) -> u64 {
        self.value as u64
    }

    /// Returns what tells it from others of the same component and instrument.
    pub(crate) fn own(&self) -> &'static str {
        match self.attributes.last() {
            Some((_, Cow::Borrowed(value))) => value,
            _ => "",
        }
    }
}
