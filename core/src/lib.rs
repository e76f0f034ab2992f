#![doc = include_str!("../README.md")]
//!
//! # Where to look
//!
//! | to | see |
//! |---|---|
//! | run a call through a protection | [`Driver::protect`] |
//! | learn why it was refused | [`Error`], [`Refusal`] |
//! | write a backend | [`Backend`] |
//! | observe | [`Observer`], [`Event`], [`Topic`] |
//! | control components by hand | [`ManualControl`] |
//! | attempt calls again, within a budget | [`policy`] |
//! | ask a layer without obeying it | [`dry_run`] |
//! | control time | [`Clock::custom`], or the testkit's manual clock |
//!
//! # The idea
//! A backend admits a call and learns how it ended: [`Backend::enter`] answers with a [`Token`],
//! and [`Backend::exit`] gets it back with a [`Verdict`]. Both are synchronous and get the time as
//! an argument. One [`Driver`] pairs them: it alone reads the clock, emits events, and returns what
//! a call holds when the caller goes away, the operation panics or a later layer refuses. So
//!
//! > admitted = success + failure + overload + ignored + abandoned + superseded + panicked + unused
//! + late
//!
//! always holds, for every backend.
//!
//! # No runtime
//! Nothing here needs a runtime. Waits use the [`Clock`]; one helper thread wakes the timers of the
//! system clock. With the feature `tokio`, `Clock::tokio` uses Tokio's time instead.

mod atomic_duration;
mod backend;
mod call;
mod call_stats;
mod change;
mod classify;
mod clock;
mod component;
mod component_clock;
mod control;
mod deadline;
mod debug;
mod driver;
pub mod dry_run;
mod entry;
mod error;
mod error_text;
mod event;
mod exit;
mod invalid;
mod key;
mod layer;
mod limiter;
mod name;
mod named;
mod observer;
pub mod policy;
#[cfg(feature = "pool")]
pub mod pool;
mod protection;
mod refusal;
mod shared_timer;
mod sketch;
mod status;
mod striped;
mod sync;

mod tick;
mod time;
mod token;
mod verdict;

#[doc(hidden)]
pub use self::atomic_duration::AtomicDuration;
pub use self::backend::Backend;
pub use self::call::Call;
pub use self::call_stats::CallStats;
pub use self::change::Change;
pub use self::classify::{ByResult, Class, Classify, RetryAdvice};
pub use self::clock::{Clock, Sleep, TimeSource};
pub use self::component::Component;
pub use self::component_clock::ComponentClock;
pub use self::control::{ControlAction, ControlError, ManualControl};
pub use self::deadline::Deadline;
pub use self::driver::{
    Access, Borrowed, Driver, Driving, Entering, FallbackTo, Given, Guarded, GuardedVia, Handle,
    HeldFuture, Holding, InAttempt, InRace, Keep, Lent, Make, MaybeKey, Nested, NoKey, Owned,
    OwnedGuarded, OwnedPermit, OwnedReservation, Permit, PermitVia, Place, Plain, Race,
    Reservation, ReservationVia, Run, RunFuture, WeakHandle, WithKey, WithPolicy,
};
pub use self::entry::{BoxFuture, Entry, Pending};
pub use self::error::{BoxError, Elapsed, Error};
pub use self::error_text::error_text;
pub use self::event::{Detail, Event, Topic};
pub use self::exit::Exit;
pub use self::invalid::InvalidOption;
pub use self::key::{
    Encoded, Key, KeyHash, KeyOverflow, KeyParts, KeyRoom, KeySeed, KeySink, Network, WholeKeySink,
};
pub use self::layer::Layer;
pub use self::limiter::{KeyStatus, Limit, Limiter, RateLimitHeaders};
pub use self::name::Name;
pub use self::observer::{Interest, Observer};
pub use self::protection::{Dynamic, InvalidLayers, MAX_DEPTH, Protection, Stack};
pub use self::refusal::{Refusal, RefusalKind};
pub use self::shared_timer::{SharedTimer, TimerOwner, TimerSetting};
pub use self::status::{ControlStatus, Reading, ReadingKind, Status, Statuses};
pub use self::striped::{Counter, LocalCounters, StripedCounters};
pub use self::tick::Tick;
pub use self::token::Token;
pub use self::verdict::Verdict;
