//! A rate limiter that gives a quota to all callers together, in windows that begin with a call.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use seawall::settings::{ComponentBackend, Instance, InvalidOption, Setting, SettingDef, Table};
use seawall::{Component, Driver, Layer, Refusal, RefusalKind, Status, Tick, Verdict};
use seawall_core::{Backend, Call, CallStats, Entry, Exit, Token};

const TOKENS: Setting<u32> = Setting::count("tokens", "tokens in each window").required();
const WINDOW: Setting<Duration> = Setting::duration("window", "length of a window").default("1s");

/// Starts quotas from settings: `[rate_limit.NAME]` with `backend = "quota"`.
pub struct Quotas;

impl ComponentBackend for Quotas {
    const COMPONENT: Component = Component::RateLimiter;
    const NAME: &'static str = "quota";
    const SETTINGS: &'static [SettingDef] = &[TOKENS.def(), WINDOW.def()];
    type Options = (u32, Duration);
    fn read(&self, table: &Table<'_>) -> Option<(u32, Duration)> {
        table.get(&TOKENS).zip(table.get(&WINDOW))
    }
    fn start(&self, name: &str, of: &Self::Options, _: &Driver) -> Result<Instance, InvalidOption> {
        let (layer, quota) = (Layer::new(Component::RateLimiter, name), *of);
        let (stats, window) = (CallStats::new(), Mutex::default());
        Ok(Instance::new(Arc::new(Quota { layer, quota, stats, window })))
    }
}

struct Quota {
    layer: Layer,
    quota: (u32, Duration),
    stats: CallStats,
    /// The end of the window, and what was taken in it.
    window: Mutex<(Tick, u32)>,
}

impl Backend for Quota {
    fn layer(&self) -> &Layer {
        &self.layer
    }
    fn enter(&self, call: &Call<'_>) -> Entry {
        let (now, cost) = (call.now(), call.cost().get());
        let mut window = self.window.lock().expect("not poisoned");
        let (end, taken) = if now < window.0 { *window } else { (now + self.quota.1, 0) };
        if cost <= self.quota.0 - taken {
            *window = (end, taken + cost);
            self.stats.admit();
            return Entry::Go(Token(end.as_nanos(), 0));
        }
        self.stats.refuse();
        let refuse = |kind| Refusal::new(kind, &self.layer).with_limit(self.quota.0.into());
        Entry::Refuse(match cost > self.quota.0 {
            true => refuse(RefusalKind::CostAboveLimit),
            false => refuse(RefusalKind::RateLimited).with_retry_at(end, now),
        })
    }
    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.stats.end(exit.verdict());
        let mut window = self.window.lock().expect("not poisoned");
        if exit.verdict() == Verdict::Unused && token.0 == window.0.as_nanos() {
            window.1 -= exit.cost().get();
        }
    }
    fn status(&self, _: Tick) -> Status {
        self.stats.add_to(Status::new(&self.layer, "ready"))
    }
}
