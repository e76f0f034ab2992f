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
//! and with which backend: `[pool.orders]`. Then `infra.pool("orders")` returns the pool.
//! `seawall-pool-managers` has managers for PostgreSQL, Redis and SQLite; implement `Manage`, or
//! `ManageBlocking`, for anything else.
//!
//! ```
//! # #[cfg(feature = "pool")] {
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
//!     backend = "native"     # the default; or "deadpool", "r2d2", "bb8"
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
//! let background = tokio::spawn(infra.run()); // connects in the background
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
//! # Retries, hedges, fallbacks
//! A protection's `attempts`, `hedge` and `fallback` say what is done with calls that fail or take long. Extra
//! calls are taken from a budget, which all protections in front of one breaker share, so that retries do not
//! turn a hiccup into an outage. [`run_attempts`] and [`run_or_fallback`] go by it; what runs an operation
//! once, such as [`Infrastructure::execute_protected`], makes one attempt and emits
//! [`Topic::RetrySkipped`].
//!
//! ```
//! # #[cfg(feature = "breaker")] {
//! use seawall::{ConfigSource, Infrastructure};
//!
//! let settings = r#"
//!     [breaker.prices]
//!     failures = 5
//!
//!     [budget.prices]      # named as the breaker; these are the defaults
//!     ratio = 0.2          # extra calls for each success
//!     floor = "1/s"        # and these without one
//!
//!     [protection.prices]
//!     breaker = "prices"
//!     attempts = 2         # a second one, if the budget has it
//!     idempotent = true    # every call may be repeated
//!     timeout = "p99.9 x 2 (100ms..2s)"  # twice what calls take
//!     hedge = "p95, 5%"    # a copy of the slowest calls
//!     deadline = "5s"
//!     fallback = "cached_prices"
//!
//!     [protection.cached_prices]
//!     timeout = "50ms"
//! "#;
//! let infra = Infrastructure::builder().config(ConfigSource::new().toml_str(settings)).build()?;
//! # let time = seawall_testkit::ManualClock::new();
//! # let infra = Infrastructure::builder()
//! #     .config(ConfigSource::new().toml_str(settings)).clock(time.clock()).build()?;
//! # let result = time.block_on(async {
//! let price = infra.protect("prices")?.run_or_fallback(
//!     async |attempt| match attempt.number() {
//!         1 => Err("connection reset"),
//!         _ => Ok(42),
//!     },
//!     async || Ok::<_, &str>(40), // from a cache
//! );
//! assert_eq!(price.await.expect("the second attempt succeeds"), 42);
//! # Ok::<(), seawall::Refusal>(()) });
//! # result?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! `use = "http"` in a protection has such values for services of a kind: see [`Preset`]. Settings that do harm
//! together are warned of: [`Plan::warnings`]. Coalesced calls and old answers depend on the types of values,
//! which code says: `[coalesce.NAME]` is [`Infrastructure::coalescer`], `[stale.NAME]` is [`Infrastructure::stale`].
//!
//! [`run_attempts`]: Guarded::run_attempts
//! [`run_or_fallback`]: Guarded::run_or_fallback
#![doc = include_str!("settings.md")]
//!
//! # Sources
//! Sources are merged key by key, and later ones win: see [`ConfigSource`]. Usually files come first,
//! then the environment, then code. `[defaults.breaker]`, `[defaults.pool]` and so on have values for
//! all components of a kind, under their own; `[profile.NAME.…]` has those of one environment, chosen
//! by `SEAWALL_PROFILE` or in code. [`init()`] reads the usual places. [`ConfigError`] reports all
//! problems at once, each with its place. Settings that have no effect are problems too.
//! [`Builder::plan`] is a dry run; [`Infrastructure::describe`] says what is in effect, each value with
//! its source. The same breaker may stand in a pool and in a protection: background connects and calls
//! go through it one by one.
//!
//! # Backends of your own
//! A breaker, a rate limiter or a bulkhead of another crate implements [`ComponentBackend`]. After
//! [`Builder::backend`], settings name it, and its own settings are read, reported and described like all
//! others.
//!
//! # Reload
//! [`Infrastructure::reload`] reads all sources again and changes what runs to what they say: all of it or
//! nothing. Components keep their state: circuits, spent tokens, waiting calls, connections, counters. What is
//! wrong, or takes away a name that code uses, is refused, and the running version goes on. [`dry_run`] says
//! beforehand what would change, [`versions`] and [`roll_back`] lead back, [`config_status`] says whether the
//! settings are stale.
//!
//! [`dry_run`]: Infrastructure::dry_run
//! [`versions`]: Infrastructure::versions
//! [`roll_back`]: Infrastructure::roll_back
//! [`config_status`]: Infrastructure::config_status
//!
//! [`Builder::watch`] reloads whenever the sources change. [`Infrastructure::change`] starts, changes and
//! removes components in code.
//!
//! # Manual control
//! [`Infrastructure::control`] forces components open or closed by name, lets them observe, resets and
//! resizes them, for all calls or for one key, with the operator, the reason and an expiry.
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
mod background;
mod build;
mod builder;
mod calls;
mod config;
mod control;
#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("guide/links.txt")]
#[doc = include_str!("guide/README.md")]
pub mod guide;
mod health;
mod infrastructure;
mod init;
mod live;
mod plan;
#[cfg(feature = "__pool")]
mod pool;
#[cfg(feature = "macros")]
mod protected;
mod protection;
mod reload;
mod schema;
pub mod settings;
mod shutdown;
mod swap;
#[cfg(feature = "tracing")]
mod tracing;
mod unknown;
mod watch;

pub use self::any_layer::AnyLayer;
pub use self::background::{WorkState, WorkStatus};
pub use self::build::{ComponentBackend, ComponentHandle};
pub use self::builder::Builder;
pub use self::calls::{
    CallRecorder, Latencies, Outcome, OutcomeCounts, ProtectionCalls, RecentCalls,
};
pub use self::config::{ConfigError, ConfigSource, Place, Preset, Problem};
pub use self::control::Control;
pub use self::health::{ComponentHealth, Health, HealthState, HostLoad, Pressure};
pub use self::infrastructure::Infrastructure;
pub use self::init::{BackgroundWork, InitError, init, init_with};
pub use self::plan::{ChangeKind, Plan, PlanDiff, PlannedChange, SettingChange};
#[cfg(feature = "__pool")]
pub use self::pool::{Checkout, Pool};
#[cfg(feature = "macros")]
pub use self::protected::{__operation, ProtectedOutput};
pub use self::protection::{
    Classifiers, Composition, Handle, IntoProtection, OwnedCall, OwnedPermit, OwnedPlace, Permit,
    ProtectedCall,
};
pub use self::reload::{Applied, ConfigStatus, Origin, Rejected, Version};
pub use self::schema::schema;
pub use self::shutdown::Shutdown;
#[cfg(feature = "tracing")]
pub use self::tracing::TracingObserver;
pub use self::unknown::UnknownName;
pub use self::watch::Watch;

#[doc(inline)]
pub use seawall_core::{
    BoxError, ByResult, Change, Class, Classify, Clock, Component, ControlAction, ControlError,
    Deadline, Detail, Driver, Dynamic, Elapsed, Encoded, Error, Event, Guarded, Interest, Keep,
    Key, KeyParts, KeySink, KeyStatus, Layer, Limiter, ManualControl, Name, Network, Observer,
    Protection, Race, RateLimitHeaders, Reading, ReadingKind, Refusal, RefusalKind, Reservation,
    RetryAdvice, Sleep, Status, Statuses, Tick, TimeSource, Topic, Verdict, WholeKeySink, dry_run,
    error_text, policy,
};

#[cfg(feature = "macros")]
pub use seawall_macros::protected;

#[cfg(feature = "breaker")]
pub use seawall_breaker as breaker;
#[cfg(feature = "breaker-failsafe")]
pub use seawall_breaker_failsafe as breaker_failsafe;
#[cfg(feature = "__store")]
pub use seawall_breaker_redis as breaker_redis;
#[cfg(feature = "bulkhead")]
pub use seawall_bulkhead as bulkhead;
#[cfg(feature = "__store")]
pub use seawall_bulkhead_redis as bulkhead_redis;
#[cfg(feature = "__pool")]
pub use seawall_core::pool as pooling;
#[cfg(feature = "pool")]
pub use seawall_pool as pool_native;
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
#[cfg(feature = "__store")]
pub use seawall_ratelimit_redis as ratelimit_redis;

/// The examples of the repository's README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
