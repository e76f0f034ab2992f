use std::collections::HashMap;
use std::sync::Arc;

use seawall_core::{KeyHash, Tick};

use crate::bucket::Bucket;
use crate::meter::{AnyMeter, Meter};
use crate::rules::Rules;
use crate::shard::Shard;
use crate::sliding::Sliding;

/// The shard of any algorithm.
#[derive(Debug)]
pub(crate) enum AnyShard {
    Bucket(Shard<Bucket>),
    Sliding(Shard<Sliding>),
}

/// A meter that all shards share.
#[derive(Clone, Debug)]
pub(crate) enum SharedMeter {
    Bucket(Arc<Bucket>),
    Sliding(Arc<Sliding>),
}

impl SharedMeter {
    pub(crate) fn new(meter: &AnyMeter) -> Self {
        match meter {
            AnyMeter::Bucket(meter) => Self::Bucket(Arc::new(meter.clone())),
            AnyMeter::Sliding(meter) => Self::Sliding(Arc::new(meter.clone())),
        }
    }
}

impl AnyShard {
    /// One with no keys, all of which `meter` will count.
    pub(crate) fn new(meter: &SharedMeter) -> Self {
        match meter {
            SharedMeter::Bucket(meter) => {
                Self::Bucket(Shard::new(Rules::new(meter, HashMap::new())))
            }
            SharedMeter::Sliding(meter) => {
                Self::Sliding(Shard::new(Rules::new(meter, HashMap::new())))
            }
        }
    }

    /// The same keys, counted by `meter` from now on, but for those in `own`, with what they spent.
    pub(crate) fn under<'k>(
        self,
        meter: &SharedMeter,
        own: impl Iterator<Item = (&'k KeyHash, &'k AnyMeter)>,
        now: Tick,
    ) -> Self {
        match meter {
            SharedMeter::Bucket(meter) => {
                let own = own.filter_map(|(key, own)| Some((*key, own.bucket()?)));
                Self::Bucket(self.under_rules(Rules::new(meter, own.collect()), now))
            }
            SharedMeter::Sliding(meter) => {
                let own = own.filter_map(|(key, own)| Some((*key, own.sliding()?)));
                Self::Sliding(self.under_rules(Rules::new(meter, own.collect()), now))
            }
        }
    }

    fn under_rules<N: Meter>(self, rules: Rules<N>, now: Tick) -> Shard<N> {
        match self {
            Self::Bucket(shard) => shard.under(rules, now),
            Self::Sliding(shard) => shard.under(rules, now),
        }
    }
}
