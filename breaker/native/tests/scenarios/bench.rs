use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use seawall_breaker::{Alarms, BreakerOptions, CircuitBreaker, Control, InvalidOption};
use seawall_core::{Change, Driver, Topic};
use seawall_testkit::scenario::{Answers, Subject, Time};
use seawall_testkit::{ManualClock, Recorded, Recorder};

use crate::listener::Listener;
use crate::options::{Asked, Options};
use crate::play::Play;

/// Two breakers of the same options and their surroundings.
pub(crate) struct Bench {
    pub(crate) time: ManualClock,
    pub(crate) asked: Asked,
    pub(crate) listener: Arc<Listener>,
    pub(crate) control: Control,
    pub(crate) options: BreakerOptions,
    pub(crate) breaker: CircuitBreaker,
    pub(crate) other: CircuitBreaker,
    alarms: Arc<Alarms<Recorder>>,
    recorder: Recorder,
}

impl Subject for Bench {
    type Options = Options;
    type Run<'s> = Play<'s>;

    fn start(options: Options, time: &ManualClock) -> Result<Self, String> {
        Self::new(&options, time).map_err(|invalid| invalid.option().to_owned())
    }

    fn run(&self) -> Play<'_> {
        Play { bench: self, permits: BTreeMap::new(), answers: Answers::default(), panics: 0 }
    }

    fn otherwise(word: &str) -> &'static str {
        match word {
            "permit" => "refused",
            "refused" => "permit",
            "closed" => "open",
            _ => "closed",
        }
    }
}

impl Bench {
    fn new(options: &Options, time: &ManualClock) -> Result<Self, InvalidOption> {
        let (recorder, asked) = (Recorder::new(), Asked::default());
        let listener = Arc::new(Listener::new(options.listener));
        let clear_after = options.alarm_clears_after.map_or(Duration::MAX, |Time(time)| time);
        let alarms = Arc::new(Alarms::new(clear_after, recorder.clone()));
        // The listener comes first, so that its panics would keep the recorder from hearing.
        let driver = Driver::new()
            .with_clock(time.clock())
            .with_observer(Arc::clone(&listener))
            .with_observer(Arc::clone(&alarms));
        let start = |name| -> Result<_, InvalidOption> {
            let options = options.breaker(name, &asked);
            let breaker = CircuitBreaker::start(&options)?.with_driver(driver.clone());
            Ok((options, breaker))
        };
        let (options, breaker) = start("row")?;
        let (_, other) = start("other")?;
        listener.meet(&breaker);
        let (time, control) = (time.clone(), Control::new());
        Ok(Self { time, asked, listener, control, options, breaker, other, alarms, recorder })
    }

    /// Returns true while an alarm is raised.
    pub(crate) fn is_alarmed(&self) -> bool {
        !self.alarms.raised().is_empty()
    }

    /// Returns the number of alarms that were raised.
    pub(crate) fn alarms(&self) -> usize {
        self.recorder.count(Topic::AlarmRaised)
    }

    /// Returns the changes in events about the breaker, in order.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let own = |event: &Recorded| event.layer.name().as_str() == "row";
        self.recorder.events().into_iter().filter(own).filter_map(|event| event.change).collect()
    }
}
