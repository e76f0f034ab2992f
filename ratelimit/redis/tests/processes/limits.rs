//! The limits that all processes share, and how often each process calls.

use std::sync::Arc;
use std::time::Duration;

use seawall_ratelimit_redis::{Away, Rule};
use seawall_store_redis::{RedisOptions, RedisStore};

/// A limit of calls without a key.
pub(crate) struct Limit {
    pub(crate) name: &'static str,
    pub(crate) per_second: u32,
    pub(crate) burst: u32,
    max_lease: Duration,
    pub(crate) away: Away,
    /// The time between calls of one process. All together ask for twice of what flows in.
    pub(crate) every: Duration,
}

const MS: Duration = Duration::from_millis(1);

/// The bound can be broken by more than the burst only, since that flows in while a server is away. So these
/// bursts are small or large: what is given out wrongly is more than the one, a restart shorter than the other.
pub(crate) const LIMITS: [Limit; 3] = [
    Limit {
        name: "deny",
        per_second: 400,
        burst: 1000,
        max_lease: MS.saturating_mul(300),
        away: Away::Deny,
        every: MS.saturating_mul(5),
    },
    Limit {
        name: "local_share",
        per_second: 1000,
        burst: 150,
        max_lease: MS.saturating_mul(300),
        away: Away::LocalShare,
        every: MS.saturating_mul(2),
    },
    // Each call asks the store.
    Limit {
        name: "direct",
        per_second: 50,
        burst: 10,
        max_lease: Duration::ZERO,
        away: Away::Deny,
        every: MS.saturating_mul(40),
    },
];

impl Limit {
    pub(crate) fn rule(&self) -> Rule {
        let rule = Rule::new(self.name, self.per_second, Duration::from_secs(1));
        rule.burst(self.burst).max_lease(self.max_lease).away(self.away)
    }
}

/// How a process finds the store: the kind, and URLs.
pub(crate) fn connect(store: &str) -> Arc<RedisStore> {
    let (kind, urls) = store.split_once(' ').expect("a kind and URLs");
    let options = match kind {
        "sentinel" => RedisOptions::sentinel("shop", urls.split(' ')),
        "cluster" => RedisOptions::cluster(urls.split(' ')),
        _ => RedisOptions::new(urls),
    };
    Arc::new(RedisStore::with_options(options.expect("URLs")))
}
