//! The options of rows.
//!
//! | option | meaning |
//! |---|---|
//! | `max` | number of permits; default: 2 |
//! | `wait` | maximum wait of a call; default: none |
//! | `backlog` | maximum number of waiters |
//! | `shares` | number of permits by name of bulkhead, instead of the bulkhead called `row` |

use std::collections::BTreeMap;

use seawall_bulkhead::{Bulkhead, BulkheadOptions, InvalidOption};
use seawall_core::Driver;
use seawall_testkit::scenario::{Subject, Time};
use seawall_testkit::{ManualClock, Recorder};
use serde::Deserialize;

use crate::play::Play;

/// The name of a row's bulkhead, if it has only one.
pub(crate) const ROW: &str = "row";

/// The options of a row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    #[serde(default = "two")]
    max: u32,
    wait: Option<Time>,
    backlog: Option<u32>,
    #[serde(default)]
    shares: BTreeMap<String, u32>,
}

const fn two() -> u32 {
    2
}

/// The bulkheads of a row, by name, and all that stands around them.
pub(crate) struct Bench {
    pub(crate) time: ManualClock,
    pub(crate) recorder: Recorder,
    bulkheads: BTreeMap<String, Bulkhead>,
}

impl Subject for Bench {
    type Options = Options;
    type Run<'s> = Play<'s>;

    fn start(options: Options, time: &ManualClock) -> Result<Self, String> {
        let recorder = Recorder::new();
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let start = |(name, max): (&String, &u32)| -> Result<_, InvalidOption> {
            let mut started = BulkheadOptions::new(name.clone()).max_concurrent(*max);
            if let Some(Time(wait)) = options.wait {
                started = started.max_wait(wait);
            }
            if let Some(backlog) = options.backlog {
                started = started.max_waiting(backlog);
            }
            Ok((name.clone(), Bulkhead::start(&started)?.with_driver(driver.clone())))
        };
        let bulkheads = match options.shares.is_empty() {
            true => start((&ROW.to_owned(), &options.max)).map(|one| BTreeMap::from([one])),
            false => options.shares.iter().map(start).collect(),
        };
        let bulkheads = bulkheads.map_err(|invalid| invalid.option().to_owned())?;
        Ok(Self { time: time.clone(), recorder, bulkheads })
    }

    fn run(&self) -> Play<'_> {
        Play::new(self)
    }

    fn otherwise(word: &str) -> &'static str {
        if word == "permit" { "refused(bulkhead_full)" } else { "permit" }
    }
}

impl Bench {
    /// The bulkhead called `name`.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn bulkhead(&self, name: &str) -> Result<&Bulkhead, String> {
        self.bulkheads.get(name).ok_or_else(|| format!("there is no bulkhead `{name}`"))
    }
}
