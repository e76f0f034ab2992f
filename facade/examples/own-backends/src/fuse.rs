//! A circuit breaker without probes: it opens after some failures in a row, and closes after a time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall::settings::{ComponentBackend, Instance, InvalidOption, Setting, SettingDef, Table};
use seawall::{Component, Driver, Layer, Refusal, RefusalKind, Status, Tick, Verdict};
use seawall_core::{Backend, Call, CallStats, Entry, Exit, Token};

const FAILURES: Setting<u32> = Setting::count("blows_after", "failures in a row").default("3");
const TIME: Setting<Duration> =
    Setting::duration("cools_for", "time that it is open").default("5s");

/// Starts fuses from settings: `[breaker.NAME]` with `backend = "fuse"`.
pub struct Fuses;

impl ComponentBackend for Fuses {
    const COMPONENT: Component = Component::CircuitBreaker;
    const NAME: &'static str = "fuse";
    const SETTINGS: &'static [SettingDef] = &[FAILURES.def(), TIME.def()];
    type Options = (u32, Duration);
    fn read(&self, table: &Table<'_>) -> Option<(u32, Duration)> {
        table.get(&FAILURES).zip(table.get(&TIME))
    }
    fn start(&self, name: &str, of: &Self::Options, _: &Driver) -> Result<Instance, InvalidOption> {
        let layer = Layer::new(Component::CircuitBreaker, name);
        let (options, stats, state) = (*of, CallStats::new(), Mutex::default());
        Ok(Instance::new(Arc::new(Fuse { layer, options, stats, state })))
    }
}

struct Fuse {
    layer: Layer,
    options: (u32, Duration),
    stats: CallStats,
    /// The failures in a row, and the time until which the fuse is blown.
    state: Mutex<(u32, Tick)>,
}

impl Backend for Fuse {
    fn layer(&self) -> &Layer {
        &self.layer
    }
    fn enter(&self, call: &Call<'_>) -> Entry {
        let (_, until) = *self.state.lock().expect("not poisoned");
        if call.now() >= until {
            self.stats.admit();
            return Entry::Go(Token::default());
        }
        self.stats.refuse();
        let refusal = Refusal::new(RefusalKind::CircuitOpen, &self.layer);
        Entry::Refuse(refusal.with_retry_at(until, call.now()))
    }
    fn exit(&self, _: Token, exit: &Exit<'_>) {
        self.stats.end(exit.verdict());
        let mut state = self.state.lock().expect("not poisoned");
        match exit.verdict() {
            Verdict::Success => state.0 = 0,
            Verdict::Failure | Verdict::Overload | Verdict::Panicked => state.0 += 1,
            _ => {}
        }
        if state.0 >= self.options.0 {
            *state = (0, exit.now() + self.options.1);
        }
    }
    fn status(&self, now: Tick) -> Status {
        let left = self.state.lock().expect("not poisoned").1.since(now);
        let (state, left) = if left.is_zero() { ("closed", None) } else { ("open", Some(left)) };
        let status = Status::new(&self.layer, state).with_retry_after(left);
        self.stats.add_to(status).with_counter("late", 0, "{call}")
    }
}
