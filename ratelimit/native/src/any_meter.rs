use crate::bucket::Bucket;
use crate::sliding::Sliding;

/// The meter of any algorithm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AnyMeter {
    Bucket(Bucket),
    Sliding(Sliding),
}

impl AnyMeter {
    /// The same meter, from which nothing can be taken.
    pub(crate) fn blocked(self) -> Self {
        match self {
            Self::Bucket(meter) => Self::Bucket(meter.blocked()),
            Self::Sliding(meter) => Self::Sliding(meter.blocked()),
        }
    }

    pub(crate) fn bucket(&self) -> Option<Bucket> {
        match self {
            Self::Bucket(meter) => Some(meter.clone()),
            Self::Sliding(_) => None,
        }
    }

    pub(crate) fn sliding(&self) -> Option<Sliding> {
        match self {
            Self::Sliding(meter) => Some(meter.clone()),
            Self::Bucket(_) => None,
        }
    }
}
