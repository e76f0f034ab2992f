//! Policies that settings describe: what is attempted again, within which budget.

use std::cell::Cell;
use std::time::Duration;

use seawall::{Builder, ConfigSource, Infrastructure, Status, Topic};
use seawall_testkit::{ManualClock, Recorder};

mod checks;
mod coalescers;
mod fallbacks;
mod harm;
mod hedges;
mod modes;
mod policy_modes;
mod presets;
mod reload;
mod report;
mod retries;
mod shadows;
mod timeouts;

/// An infrastructure in virtual time, and what its observers see.
struct Fixture {
    time: ManualClock,
    recorder: Recorder,
    infra: Infrastructure,
}

impl Fixture {
    fn new(settings: &str) -> Self {
        Self::of(&ManualClock::new(), settings, |builder| builder)
    }

    /// With what `add` adds to the builder.
    fn of(time: &ManualClock, settings: &str, add: impl FnOnce(Builder) -> Builder) -> Self {
        let recorder = Recorder::new();
        let builder = Infrastructure::builder()
            .config(ConfigSource::new().toml_str(settings))
            .clock(time.clock())
            .observer(recorder.clone());
        let infra = add(builder).build().expect("valid settings");
        Self { time: time.clone(), recorder, infra }
    }

    /// Returns the number of times that a call which always fails is sent.
    fn sent(&self, protection: &str) -> u32 {
        let sent = Cell::new(0);
        let call = self.infra.protect(protection).expect("configured");
        let call = call.run_attempts(async |_| {
            sent.set(sent.get() + 1);
            Err::<(), _>("down")
        });
        self.time.block_on(call).expect_err("it fails");
        sent.get()
    }

    /// Makes calls that succeed.
    fn succeed(&self, protection: &str, calls: u32) {
        for _ in 0..calls {
            let call = self.infra.protect(protection).expect("configured");
            let call = call.run_attempts(async |_| Ok::<_, &str>(()));
            self.time.block_on(call).expect("it succeeds");
        }
    }

    fn count(&self, topic: Topic) -> usize {
        self.recorder.events().iter().filter(|event| event.topic == topic).count()
    }

    fn budget(&self, name: &str) -> Status {
        let find = |status: &Status| status.layer.to_string() == format!("budget `{name}`");
        self.infra.components().into_iter().find(find).expect("a budget of that name")
    }

    /// Applies `settings` in place of those that the infrastructure was built with.
    fn change(&self, settings: &str) {
        let applied = self.infra.change(&ConfigSource::new().toml_str(settings));
        let _applied = applied.expect("valid settings");
    }
}

/// Returns the problems of `settings`, without the place's source.
fn problems(settings: &str) -> Vec<String> {
    let config = ConfigSource::new().toml_str(settings);
    let built = Infrastructure::builder().config(config).build();
    let error = built.map(drop).expect_err(settings);
    error.problems().iter().map(|problem| problem.to_string().replace("inline TOML:", "")).collect()
}

const MS: Duration = Duration::from_millis(1);
