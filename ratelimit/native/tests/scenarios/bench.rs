use std::cell::Cell;

use seawall_core::Driver;
use seawall_ratelimit::RateLimiter;
use seawall_testkit::scenario::{Answers, Subject, Waiters};
use seawall_testkit::{ManualClock, Recorder};

use crate::options::Options;
use crate::play::Play;

/// A limiter and its surroundings.
pub(crate) struct Bench {
    pub(crate) time: ManualClock,
    pub(crate) options: Options,
    pub(crate) limiter: RateLimiter,
    pub(crate) recorder: Recorder,
    /// Number of functions that ran under it.
    pub(crate) ran: Cell<u32>,
}

impl Subject for Bench {
    type Options = Options;
    type Run<'s> = Play<'s>;

    fn start(options: Options, time: &ManualClock) -> Result<Self, String> {
        let (time, recorder) = (time.clone(), Recorder::new());
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let started = RateLimiter::start(&options.rule()?);
        let limiter = started.map_err(|invalid| invalid.option().to_owned())?.with_driver(driver);
        Ok(Self { time, options, limiter, recorder, ran: Cell::new(0) })
    }

    fn run(&self) -> Play<'_> {
        Play {
            bench: self,
            waiters: Waiters::default(),
            answers: Answers::default(),
            waits: Vec::new(),
            exhausted: 0,
        }
    }

    fn otherwise(word: &str) -> &'static str {
        if word == "permit" { "refused(rate_limited)" } else { "permit" }
    }
}
