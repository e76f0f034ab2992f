//! What a call costs: reads of the clock, and the sizes of futures.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Clock, Component, Driver, Entry, Error, Exit, Guarded, Layer, Sleep, Status,
    Tick, TimeSource, Token,
};
use seawall_testkit::{Recorder, Scripted};

const SECOND: Duration = Duration::from_secs(1);

/// A clock that counts how often it is read.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl TimeSource for Counting {
    fn now(&self) -> Tick {
        self.0.fetch_add(1, Ordering::Relaxed);
        Tick::ZERO
    }

    fn sleep_until(&self, _: Tick) -> Sleep {
        Sleep::new(std::future::pending())
    }
}

/// Wants the time when a call enters and when it ends.
struct Timed(Layer);

impl Backend for Timed {
    fn layer(&self) -> &Layer {
        &self.0
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let _ = call.now();
        Entry::Go(Token::default())
    }

    fn exit(&self, _: Token, exit: &Exit<'_>) {
        let _ = exit.now();
    }

    fn status(&self, _: Tick) -> Status {
        Status::new(&self.0, "timed")
    }
}

type Layers = (Timed, Timed, Timed);

/// Returns how often a call reads the clock, async and blocking, by layers that all want the time.
fn reads(
    observed: bool,
    describe: impl Fn(Guarded<'_, Layers>) -> Guarded<'_, Layers>,
) -> [usize; 2] {
    let source = Counting::default();
    let driver = Driver::new().with_clock(Clock::custom(source.clone()));
    let driver = if observed { driver.with_observer(Recorder::new()) } else { driver };
    let timed = || Timed(Layer::new(Component::CircuitBreaker, "timed"));
    let layers = (timed(), timed(), timed());
    let call = pin!(describe(driver.protect(&layers)).run(|| ready(Ok::<(), Infallible>(()))));
    assert!(call.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    let asynchronous = source.0.swap(0, Ordering::Relaxed);
    let call = describe(driver.protect(&layers));
    call.run_blocking(|| Ok::<(), Infallible>(())).expect("admitted");
    [asynchronous, source.0.load(Ordering::Relaxed)]
}

#[test]
fn a_call_reads_the_clock_as_often_as_documented() {
    assert_eq!(reads(false, |call| call), [2, 2], "once on the way in, once on the way out");
    assert_eq!(reads(false, |call| call.timeout(SECOND)), [2, 3]);
    assert_eq!(reads(false, |call| call.deadline(SECOND)), [3, 4]);
    assert_eq!(reads(false, |call| call.deadline(SECOND).timeout(SECOND)), [3, 4]);
    assert_eq!(reads(true, |call| call), [5, 5], "each event has its time");
}

#[test]
fn the_futures_of_a_call_stay_small() {
    let driver = Driver::new();
    let breaker = Scripted::new(Component::CircuitBreaker, "breaker");
    let call = || driver.protect(&breaker);
    let op = || ready(Ok::<(), Infallible>(()));
    let sizes = [
        size_of_val(&call()),
        size_of_val(&call().run(op)),
        size_of_val(&call().run_nested(|| ready(Ok::<(), Error<Infallible>>(())))),
        size_of_val(&call().run_or(op, |_| ())),
        size_of_val(&call().acquire()),
        size_of_val(&call().reserve()),
    ];
    // A layer more is a token of 16 bytes, twice where it is moved.
    let most = [72, 312, 344, 312, 272, 272];
    assert!(sizes.iter().zip(most).all(|(size, most)| *size <= most), "{sizes:?}");
}
