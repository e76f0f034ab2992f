use std::sync::Arc;
use std::time::Duration;

use seawall_breaker::{Alarms, BreakerOptions, CircuitBreaker, Control, InvalidOption};
use seawall_core::{Change, Driver, Tick, Topic};
use seawall_testkit::{ManualClock, Recorder};

use crate::listener::Listener;
use crate::options::{Asked, Options};
use crate::text::Time;

/// The clock's time at zero of a row.
const ZERO: u64 = 3_600_000;

/// When breakers are started, in milliseconds of the row: early enough for calls to have begun before
/// zero.
const START: i64 = -600_000;

/// A breaker, another of the same options, and all that stands around them.
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

impl Bench {
    /// # Errors
    /// If no breaker can be started from `options`.
    pub(crate) fn new(options: &Options) -> Result<Self, InvalidOption> {
        let (time, recorder, asked) = (ManualClock::new(), Recorder::new(), Asked::default());
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
        let control = Control::new();
        let bench =
            Self { time, asked, listener, control, options, breaker, other, alarms, recorder };
        bench.time.advance_to(tick(START));
        Ok(bench)
    }

    /// Lets time pass until `at`, in milliseconds of the row.
    ///
    /// # Errors
    /// If it is later than that.
    pub(crate) fn advance_to(&self, at: i64) -> Result<(), String> {
        if self.time.now() > tick(at) {
            return Err(format!("it is later than {at} ms"));
        }
        self.time.advance_to(tick(at));
        Ok(())
    }

    /// Does an alarm last?
    pub(crate) fn is_alarmed(&self) -> bool {
        !self.alarms.raised().is_empty()
    }

    /// How many alarms were raised.
    pub(crate) fn alarms(&self) -> usize {
        self.recorder.count(Topic::AlarmRaised)
    }

    /// The changes that were told of the breaker, in order.
    pub(crate) fn changes(&self) -> Vec<Change> {
        let own = |event: &seawall_testkit::Recorded| event.layer.name().as_str() == "row";
        self.recorder.events().into_iter().filter(own).filter_map(|event| event.change).collect()
    }
}

/// `at` milliseconds of the row, on the clock.
fn tick(at: i64) -> Tick {
    Tick::from_millis(ZERO.saturating_add_signed(at))
}
