//! Protections for calls from Rust services, composed from configuration: circuit breakers, rate
//! limits, bulkheads and connection pools, by name, in front of whatever is called.
//!
//! # Quick start
//! ```
//! # #[cfg(all(feature = "breaker", feature = "bulkhead"))] {
//! use seawall::{ConfigSource, Error, Infrastructure};
//!
//! let settings = ConfigSource::new()
//!     .toml_str(
//!         r#"
//!         [bulkhead.payments]
//!         max_concurrent = 16
//!
//!         [breaker.payments]
//!         failures = 5
//!         window = "10s"
//!         reset_after = "5s"
//!
//!         [protection.charge_card]
//!         bulkhead = "payments"
//!         breaker = "payments"
//!         timeout = "500ms"
//!         "#,
//!     )
//!     .environment(); // SEAWALL_BREAKER__PAYMENTS__FAILURES=3
//! let infra = Infrastructure::builder().config(settings).build()?;
//!
//! # let charge = || std::future::ready(Ok::<_, std::io::Error>(42));
//! # let time = seawall_testkit::ManualClock::new();
//! # let answer = time.block_on(async {
//! let answer = infra.execute_protected("charge_card", charge).await;
//! # answer });
//! assert_eq!(answer.expect("the circuit is closed"), 42);
//! # }
//! # Ok::<(), seawall::ConfigError>(())
//! ```
//! With a key, a cost or a deadline of its own: [`Infrastructure::protect`]. On a thread:
//! [`Infrastructure::execute_protected_blocking`]. What can come back besides the value: [`Error`].
//!
//! # Order
//! deadline → rate limits → bulkheads → breakers → timeout → pool checkout → operation.
//!
//! What gives back comes before what decides: a token is given back when the circuit then proves
//! open, and nobody holds a probe while waiting for a place. Checking a connection out happens inside
//! the breaker, so failing to connect counts as a failure, and a pool with no place left does not.
//!
//! # Pools
//! Code says what is pooled, settings say how and by which library: `Builder::pool("orders", manager)`,
//! `[pool.orders]`, and then `infra.pool("orders")`. `seawall-pool-managers` has managers for PostgreSQL,
//! Redis and SQLite; an own one is a `Manage`, or a `ManageBlocking`.
//!
//! ```
//! # #[cfg(feature = "pool-deadpool")] {
//! use seawall::pooling::Manage;
//! use seawall::{ConfigSource, Infrastructure};
//!
//! struct Greetings;
//!
//! impl Manage for Greetings {
//!     type Resource = String;
//!     type Error = std::io::Error;
//!
//!     async fn create(&self) -> Result<String, std::io::Error> {
//!         Ok("hello".to_owned())
//!     }
//! }
//!
//! let settings = r#"
//!     [breaker.greetings]
//!     failures = 3
//!
//!     [pool.greetings]
//!     backend = "deadpool"   # or "r2d2", or "bb8"
//!     max_size = 4
//!     min_idle = 1
//!     breaker = "greetings"  # in the background, nothing is connected while it is open
//!
//!     [protection.greet]
//!     breaker = "greetings"
//!     deadline = "1s"
//! "#;
//! let infra = Infrastructure::builder()
//!     .config(ConfigSource::new().toml_str(settings))
//!     .pool("greetings", Greetings)
//!     .build()?;
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let background = tokio::spawn(infra.maintain()); // it starts though nothing can be reached yet
//! let pool: seawall::Pool<Greetings> = infra.pool("greetings")?;
//! let greet = infra.protect("greet")?;
//! let length = greet.transaction(&pool, async |greeting| Ok::<_, std::io::Error>(greeting.len()));
//! assert_eq!(length.await?, 5);
//! infra.drain(std::time::Duration::from_secs(1)).await;
//! background.await?;
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Settings
//! | table | key | default | |
//! |---|---|---|---|
//! | `[breaker.NAME]` | `backend` | `"native"` | feature `breaker` |
//! | | `failures` | 5, if there is no other rule | so many within the window open the circuit |
//! | | `window` | `"10s"` | how long a failure counts for that |
//! | | `consecutive_failures` | none | so many in a row open it |
//! | | `failure_rate` | none | such a part of the calls failing opens it: 0.5 |
//! | | `slow_call` | none | a call that takes as long or longer is slow |
//! | | `slow_call_rate` | none | such a part of the calls being slow opens it |
//! | | `hung_calls` | none | so many calls under way for longer than `slow_call` open it |
//! | | `rate_window`, `rate_calls` | `"10s"` | rates are over the calls of so long, or over so many |
//! | | `minimum_calls` | 20 | below so many, rates are not known |
//! | | `reset_after` | `"5s"` | how long it stays open before a probe |
//! | | `reset_max`, `reset_jitter` | none, 0 | twice as long each time up to that, less a part by chance |
//! | | `heal_after` | never | when an open circuit closes without a probe |
//! | | `probes`, `probe_successes` | 1, 1.0 | so many calls probe, such a part of which must succeed |
//! | | `probe_lease` | `"30s"` | how long a probe may take |
//! | | `ramp`, `ramp_floor` | none, 1 | traffic rises over so long, with so many calls a second at the least |
//! | | `abandoned`, `panicked` | `"nothing"`, `"failure"` | what calls without a result count as |
//! | | `call_timeout` | none | for calls of this breaker by itself |
//! | | `per_key` | false | a circuit for each key |
//! | | `max_keys` | 10000 | so many keys at the most, with `per_key`, as all below |
//! | | `overflow` | `"shared"` | what further keys do: share one circuit, or `"reject"`, `"evict_coldest"` |
//! | | `forget_after` | `"1d"` | how long a key is kept that nobody calls, where others need its room |
//! | | `key_parts` | all | the first so many parts of a key have one circuit; 0: all calls together |
//! | | `backend` | | `"failsafe"`, feature `breaker-failsafe`: `consecutive_failures`, `reset_after`, `reset_max`, `probe_lease` |
//! | `[rate_limit.NAME]` | `backend` | `"native"` | feature `ratelimit`; or `"governor"`, feature `ratelimit-governor` |
//! | | `limit`, `period` | required | so many tokens a period |
//! | | `burst` | the limit | the most at once |
//! | | `algorithm` | `"gcra"` | or `"token_bucket"`, `"fixed_window"`, `"sliding_window"`, `"leaky"`; native only |
//! | | `max_wait` | `"0s"` | how long a call may be put off |
//! | | `max_keys` | 100000 | the most keys counted apart |
//! | | `overflow` | `"shared"` | what further keys do: share one count, or `"reject"`, `"evict_coldest"`; native only |
//! | | `key_parts` | all | the first so many parts of a key are counted under; 0: all calls together |
//! | `[rate_limit.NAME.override.WHO]` | `key` | required | whose limit is another: a text, a number, or a list as code has a tuple; not from the environment; native only |
//! | | `limit`, `period`, `burst` | required, the rule's, the limit | of this key |
//! | `[bulkhead.NAME]` | `backend` | `"semaphore"` | feature `bulkhead` |
//! | | `max_concurrent` | 16 | so many calls at once |
//! | | `max_wait` | `"0s"` | how long a call may wait for a place |
//! | | `max_waiting` | 1024 | so many wait at once |
//! | `[pool.NAME]` | `backend` | `"deadpool"` | feature `pool-deadpool`; or `"r2d2"`, feature `pool-r2d2`; or `"bb8"`, feature `pool-bb8`; the manager is given in code |
//! | | `max_size` | 10 | the most resources at once |
//! | | `checkout_timeout` | `"5s"` | for waiting, connecting and checking together |
//! | | `max_overflow` | 0 | so many more while all others are lent |
//! | | `min_idle` | 0 | so many are kept idle, by `Infrastructure::maintain` |
//! | | `max_waiting` | as many as come | so many checkouts wait; one more finds the pool full |
//! | | `connect_timeout`, `check_timeout` | `"5s"`, `"1s"` | for one attempt to connect, for one check |
//! | | `close_timeout` | `"1s"` | for taking leave of one, in the background and as a pool is drained |
//! | | `connect_backoff`, `connect_backoff_max` | `"100ms"`, `"30s"` | between attempts of the background work that fail: twice as long each time up to that |
//! | | `max_lifetime`, `max_idle_time` | without end | one that is older, or was idle for longer, is not lent |
//! | | `breaker` | none | what connects in the background ask: a name, or a list of names |
//! | | `jitter_percent` | 10 | chance shortens lifetimes, idle times and backoffs by up to so much |
//! | | `order` | `"lifo"` | or `"fifo"`: which idle one is lent first |
//! | `[protection.NAME]` | `rate_limit`, `bulkhead`, `breaker` | none | a name, or a list of names |
//! | | `timeout` | none | for the operation |
//! | | `deadline` | none | for all of it, waiting included |
//!
//! Files come first, then the environment, then code; later ones win, key by key. Everything that is
//! wrong is reported at once, with its place: [`ConfigError`].
//!
//! # Telemetry
//! Every event goes to every [`Observer`]; the names are listed at [`Topic`]. `TracingObserver` hands
//! them to `tracing`.

mod build;
mod builder;
mod built;
mod config;
mod handle;
mod infrastructure;
#[cfg(feature = "__pool")]
mod pool;
mod registry;
#[cfg(feature = "tracing")]
mod tracing;
mod unknown;

pub use self::builder::Builder;
pub use self::config::{ConfigError, ConfigSource, Place, Problem};
pub use self::handle::Handle;
pub use self::infrastructure::Infrastructure;
#[cfg(feature = "__pool")]
pub use self::pool::{AnyHeld, AnyRack, Pool};
#[cfg(feature = "tracing")]
pub use self::tracing::TracingObserver;
pub use self::unknown::UnknownName;

#[doc(inline)]
pub use seawall_core::{
    ByResult, Change, Class, Classify, Clock, Component, Detail, Driver, Dynamic, Elapsed, Encoded,
    Error, Event, Guarded, Key, KeyParts, KeySink, KeyStatus, Layer, Limiter, Name, Network,
    Observer, Permit, Protection, RateLimitHeaders, Refusal, RefusalKind, Reservation, Sleep,
    Status, Tick, TimeSource, Topic, Verdict, WholeKeySink,
};

#[cfg(feature = "breaker")]
pub use seawall_breaker as breaker;
#[cfg(feature = "breaker-failsafe")]
pub use seawall_breaker_failsafe as breaker_failsafe;
#[cfg(feature = "bulkhead")]
pub use seawall_bulkhead as bulkhead;
#[cfg(feature = "__pool")]
pub use seawall_core::pool as pooling;
#[cfg(feature = "pool-bb8")]
pub use seawall_pool_bb8 as pool_bb8;
#[cfg(feature = "pool-deadpool")]
pub use seawall_pool_deadpool as pool_deadpool;
#[cfg(feature = "pool-r2d2")]
pub use seawall_pool_r2d2 as pool_r2d2;
#[cfg(feature = "ratelimit")]
pub use seawall_ratelimit as ratelimit;
#[cfg(feature = "ratelimit-governor")]
pub use seawall_ratelimit_governor as ratelimit_governor;

/// The examples of the repository's README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
