//! The options of rows.
//!
//! | option | meaning |
//! |---|---|
//! | `max` | number of permits; default: 2 |
//! | `wait` | maximum wait of a call; default: none |
//! | `backlog` | maximum number of waiters |
//! | `shares` | number of permits by name of bulkhead, instead of the bulkhead called `row` |

use std::cell::RefCell;
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
    /// The options of the row's bulkhead.
    options: RefCell<BulkheadOptions>,
}

impl Subject for Bench {
    type Options = Options;
    type Run<'s> = Play<'s>;

    fn start(options: Options, time: &ManualClock) -> Result<Self, String> {
        let recorder = Recorder::new();
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let options_of = |name: &str, max: u32| {
            let mut started = BulkheadOptions::new(name.to_owned()).max_concurrent(max);
            if let Some(Time(wait)) = options.wait {
                started = started.max_wait(wait);
            }
            if let Some(backlog) = options.backlog {
                started = started.max_waiting(backlog);
            }
            started
        };
        let start = |(name, max): (&String, &u32)| -> Result<_, InvalidOption> {
            let started = Bulkhead::start(&options_of(name, *max))?;
            Ok((name.clone(), started.with_driver(driver.clone())))
        };
        let bulkheads = match options.shares.is_empty() {
            true => start((&ROW.to_owned(), &options.max)).map(|one| BTreeMap::from([one])),
            false => options.shares.iter().map(start).collect(),
        };
        let bulkheads = bulkheads.map_err(|invalid| invalid.option().to_owned())?;
        let options = RefCell::new(options_of(ROW, options.max));
        Ok(Self { time: time.clone(), recorder, bulkheads, options })
    }

    fn run(&self) -> Play<'_> {
        Play::new(self)
    }

    fn otherwise(word: &str) -> &'static str {
        if word == "permit" { "refused(bulkhead_full)" } else { "permit" }
    }
}

impl Bench {
    /// Changes the options of the row's bulkhead while calls run.
    ///
    /// # Errors
    /// If an option is not valid.
    pub(crate) fn change(
        &self,
        change: impl FnOnce(BulkheadOptions) -> BulkheadOptions,
    ) -> Result<(), String> {
        let options = change(self.options.borrow().clone());
        self.bulkhead(ROW)?.reconfigure(&options).map_err(|error| error.to_string())?;
        *self.options.borrow_mut() = options;
        Ok(())
    }

    /// The bulkhead called `name`.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn bulkhead(&self, name: &str) -> Result<&Bulkhead, String> {
        self.bulkheads.get(name).ok_or_else(|| format!("there is no bulkhead `{name}`"))
    }
}
