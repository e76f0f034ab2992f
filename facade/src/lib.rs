//! Protects calls from Rust services, composed from configuration: circuit breakers, rate limits,
//! bulkheads and connection pools, by name, in front of whatever is called.
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
//! A call with a key, a cost or a deadline of its own begins with [`Infrastructure::protect`]; a call on
//! a thread is [`Infrastructure::execute_protected_blocking`]. [`Error`] says what a call can return
//! besides its value. Manual control and other methods of one component are reached by
//! [`Infrastructure::component`].
//!
//! # Order
//! deadline → rate limits → bulkheads → breakers → timeout → pool checkout → operation.
//!
//! Layers that can make a call wait come before layers whose answer becomes stale, so that no probe is
//! held while a call waits for its turn. If a later layer refuses, earlier layers get back what they
//! gave: an open circuit costs no tokens. Checkout happens inside the breaker, so that a failure to
//! connect counts as a failure, and a full pool does not.
//!
//! # Pools
//! Code says what is pooled, by a manager: `Builder::pool("orders", manager)`. Settings say how many
//! and with which library: `[pool.orders]`. Then `infra.pool("orders")` returns the pool.
//! `seawall-pool-managers` has managers for PostgreSQL, Redis and SQLite; implement `Manage`, or
//! `ManageBlocking`, for anything else.
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
//!     breaker = "greetings"  # while it is open, nothing is connected in the background
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
//! let background = tokio::spawn(infra.maintain()); // connects in the background
//! let pool: seawall::Pool<Greetings> = infra.pool("greetings")?;
//! let greet = infra.protect("greet")?;
//! let length = greet.with(&pool, async |greeting| Ok::<_, std::io::Error>(greeting.len()));
//! assert_eq!(length.await?, 5);
//! infra.drain(std::time::Duration::from_secs(1)).await;
//! background.await?;
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Settings
//! Durations have a unit: ns, us, ms, s, m, h, d or w, or the word for one, as in `"10 seconds"`. A
//! setting that is `none` by default is off until it is set.
//!
//! | `[breaker.NAME]` | default | |
//! |---|---|---|
//! | `backend` | `"native"` | feature `breaker`; or `"failsafe"`, feature `breaker-failsafe` |
//! | `failures` | 5, if no other rule is set | number of failures within `window` that opens the circuit |
//! | `window` | `"10s"` | how long a failure counts for `failures` |
//! | `consecutive_failures` | none | number of failures in a row that opens it |
//! | `recent_failures` | none | number of failures among the last `recent_calls` calls that opens it |
//! | `recent_calls` | none | number of calls that `recent_failures` is about |
//! | `failure_rate` | none | fraction of calls that fail, from 0 to 1, that opens it |
//! | `slow_call` | none | duration from which a call is slow |
//! | `slow_call_rate` | none | fraction of calls that are slow that opens it |
//! | `hung_calls` | none | number of calls in flight for longer than `slow_call` that opens it |
//! | `rate_window` | `"10s"` | duration over which rates are measured |
//! | `rate_calls` | none | number of calls over which rates are measured, in place of `rate_window` |
//! | `minimum_calls` | 20 | number of calls in the window below which rates are not used |
//! | `reset_after` | `"5s"` | how long an open circuit waits before it admits a probe call |
//! | `reset_max` | none | `reset_after` doubles on every reopening, up to this maximum |
//! | `reset_jitter` | 0 | shortens that wait at random by up to this fraction |
//! | `heal_after` | none | duration after which an open circuit closes without a probe |
//! | `probes` | 1 | number of probe calls |
//! | `probe_successes` | 1.0 | fraction of the probe calls that must succeed |
//! | `probe_lease` | `"30s"` | how long a probe may run before another one is admitted |
//! | `ramp` | none | duration over which traffic rises after the probes |
//! | `ramp_floor` | 1 | calls a second that are admitted at the beginning of the ramp |
//! | `abandoned` | `"nothing"` | what a call counts as whose caller went away; or `"failure"` |
//! | `panicked` | `"failure"` | what a call counts as that panicked; or `"nothing"` |
//! | `call_timeout` | none | timeout of calls through this breaker alone, without a protection |
//! | `per_key` | false | true for a circuit per key; the settings below need it |
//! | `max_keys` | 10000 | maximum number of keys with a circuit |
//! | `overflow` | `"shared"` | what keys above the maximum do: share one circuit; or `"reject"`, `"evict_coldest"` |
//! | `forget_after` | `"1d"` | how long the circuit of an idle key is kept where other keys need its room |
//! | `key_parts` | all | number of parts of a key, from the first, that name a circuit; 0 counts all calls together |
//!
//! The backend `failsafe` has `consecutive_failures`, `reset_after` and `reset_max`.
//!
//! | `[rate_limit.NAME]` | default | |
//! |---|---|---|
//! | `backend` | `"native"` | feature `ratelimit`; or `"governor"`, feature `ratelimit-governor` |
//! | `limit`, `period` | required | number of tokens in each period |
//! | `burst` | the limit | maximum number of tokens at once |
//! | `algorithm` | `"gcra"` | or `"periodic_bucket"`, `"fixed_window"`, `"sliding_window"`, `"leaky"`; native only |
//! | `max_wait` | `"0s"` | maximum wait of a call that sets no `max_wait` |
//! | `max_keys` | 100000 | maximum number of keys with a count of their own; native only |
//! | `overflow` | `"shared"` | what keys above the maximum do: share one count; or `"reject"`, `"evict_coldest"`; native only |
//! | `key_parts` | all | number of parts of a key, from the first, that name a count; 0 counts all calls together |
//!
//! | `[rate_limit.NAME.override.ANY]` | default | a limit of one key; native only |
//! |---|---|---|
//! | `key` | required | text, a number, or a list as code has a tuple; in a file only |
//! | `limit` | required | number of tokens in each period; 0 blocks the key |
//! | `period` | that of the rule | |
//! | `burst` | the limit | maximum number of tokens at once |
//!
//! | `[bulkhead.NAME]` | default | |
//! |---|---|---|
//! | `backend` | `"semaphore"` | feature `bulkhead` |
//! | `max_concurrent` | 16 | maximum number of concurrent calls |
//! | `max_wait` | `"0s"` | maximum wait of a call that sets no `max_wait` |
//! | `max_waiting` | 1024 | maximum number of calls that wait |
//!
//! | `[pool.NAME]` | default | the manager is given in code |
//! |---|---|---|
//! | `backend` | `"deadpool"` | feature `pool-deadpool`; or `"r2d2"`, `"bb8"`, features `pool-r2d2`, `pool-bb8` |
//! | `max_size` | 10 | maximum number of resources |
//! | `max_overflow` | 0 | number of resources above the maximum while all others are lent |
//! | `min_idle` | 0 | number of resources that `Infrastructure::maintain` keeps idle |
//! | `checkout_timeout` | `"5s"` | time for waiting, connecting and checking together |
//! | `max_waiting` | none | maximum number of checkouts that wait |
//! | `connect_timeout` | `"5s"` | time for one attempt to connect |
//! | `check_timeout` | `"1s"` | time for one check of an idle resource |
//! | `close_timeout` | `"1s"` | time for closing one gracefully, in the background and in a drain |
//! | `connect_backoff` | `"100ms"` | wait after the first failed connect in the background |
//! | `connect_backoff_max` | `"30s"` | the wait doubles after each further failure, up to this maximum |
//! | `max_lifetime` | none | age from which a resource is not lent any more |
//! | `max_idle_time` | none | idle time from which a resource is not lent any more |
//! | `breaker` | none | breaker, or list of breakers, that background connects go through |
//! | `jitter_percent` | 10 | shortens lifetimes, idle times and backoffs at random by up to this percentage |
//! | `order` | `"lifo"` | which idle resource is lent first: the last that came back; or `"fifo"` |
//!
//! | `[protection.NAME]` | default | |
//! |---|---|---|
//! | `rate_limit`, `bulkhead`, `breaker` | none | the name of a component, or a list of names, each once |
//! | `timeout` | none | time for the operation |
//! | `deadline` | none | time for the whole call, waiting included |
//!
//! `[defaults.breaker]`, `[defaults.pool]` and so on have values for all components of a kind, under
//! their own; `[profile.NAME.…]` has values of one environment, chosen by `SEAWALL_PROFILE` or in code:
//! see [`ConfigSource`]. Sources are merged key by key, and later ones win; usually files come first, then the environment,
//! then code. [`ConfigError`] reports all problems at once, each with its place. Settings that have no
//! effect are problems too. The same breaker may stand in a pool and in a protection: background
//! connects and calls go through it one by one.
//!
//! # Telemetry
//! Every event goes to every [`Observer`]; the topics are listed at [`Topic`]. `TracingObserver` passes
//! them on to `tracing`.
//!
//! # Testing
//! [`Builder::clock`] takes a manual clock of `seawall-testkit`, so that tests need no sleeps. Under
//! `tokio::time::pause`, use `Clock::tokio()` (feature `tokio`): other clocks go on while Tokio's is
//! paused.

mod any_layer;
mod build;
mod builder;
mod config;
mod infrastructure;
mod plan;
#[cfg(feature = "__pool")]
mod pool;
#[cfg(feature = "macros")]
mod protected;
mod protection;
mod registry;
pub mod settings;
mod swap;
#[cfg(feature = "tracing")]
mod tracing;
mod unknown;

pub use self::any_layer::AnyLayer;
pub use self::build::{ComponentBackend, ComponentHandle};
pub use self::builder::Builder;
pub use self::config::{ConfigError, ConfigSource, Place, Problem};
pub use self::infrastructure::Infrastructure;
#[cfg(feature = "__pool")]
pub use self::pool::{AnyHeld, AnyRack, Pool};
#[cfg(feature = "macros")]
pub use self::protected::ProtectedOutput;
pub use self::protection::{
    Classifiers, Composition, Handle, IntoProtection, OwnedCall, OwnedPermit, OwnedPlace, Permit,
    ProtectedCall,
};
#[cfg(feature = "tracing")]
pub use self::tracing::TracingObserver;
pub use self::unknown::UnknownName;

#[doc(inline)]
pub use seawall_core::{
    BoxError, ByResult, Change, Class, Classify, Clock, Component, ControlAction, ControlError,
    Detail, Driver, Dynamic, Elapsed, Encoded, Error, Event, Guarded, Keep, Key, KeyParts, KeySink,
    KeyStatus, Layer, Limiter, ManualControl, Name, Network, Observer, Protection, Race,
    RateLimitHeaders, Reading, ReadingKind, Refusal, RefusalKind, Reservation, RetryAdvice, Sleep,
    Status, Tick, TimeSource, Topic, Verdict, WholeKeySink, policy,
};

#[cfg(feature = "macros")]
pub use seawall_macros::protected;

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
