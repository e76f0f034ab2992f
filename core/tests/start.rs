//! When a call that was admitted for later starts, where its backend changes that time.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_core::{
    Backend, Call, Component, Driver, Entry, Exit, Layer, Refusal, RefusalKind, Status, Tick, Token,
};
use seawall_testkit::ManualClock;

const SECOND: Duration = Duration::from_secs(1);

/// A queue of one, which starts its call at a time that can change.
struct Queue {
    layer: Layer,
    state: Mutex<State>,
}

struct State {
    start: Result<Tick, RefusalKind>,
    waker: Option<Waker>,
    ended: Vec<(Token, seawall_core::Verdict)>,
}

impl Queue {
    fn new() -> Self {
        let state = State { start: Ok(Tick::ZERO + 10 * SECOND), waker: None, ended: Vec::new() };
        Self { layer: Layer::new(Component::RateLimiter, "queue"), state: Mutex::new(state) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start(&self, start: Result<Tick, RefusalKind>) {
        let waker = self.with(|state| {
            state.start = start;
            state.waker.take()
        });
        waker.expect("the driver left a waker").wake();
    }
}

impl Backend for Queue {
    fn layer(&self) -> &Layer {
        &self.layer
    }

    fn enter(&self, _: &Call<'_>) -> Entry {
        Entry::GoAt(Token(1, 0), Tick::ZERO + 10 * SECOND)
    }

    fn poll_start(
        &self,
        token: &mut Token,
        _: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        self.with(|state| {
            state.waker = Some(waker.clone());
            let start = state.start.map_err(|kind| Refusal::new(kind, &self.layer))?;
            if start <= now {
                token.1 = start.as_nanos();
            }
            Ok(start)
        })
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.with(|state| state.ended.push((token, exit.verdict())));
    }

    fn status(&self, _: Tick) -> Status {
        Status::new(&self.layer, "ready")
    }
}

fn poll<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_start_that_becomes_earlier_or_later_is_followed() {
    for start in [0, 1, 30] {
        let (time, queue) = (ManualClock::new(), Queue::new());
        let driver = Driver::new().with_clock(time.clock());
        let mut call = pin!(driver.protect(&queue).acquire());
        assert!(poll(&mut call).is_pending());
        let start = Tick::ZERO + start * SECOND;
        queue.start(Ok(start));
        if start > time.now() {
            assert!(poll(&mut call).is_pending());
            time.advance_to(Tick::from_nanos(start.as_nanos() - 1));
            assert!(poll(&mut call).is_pending(), "before {start}");
            time.advance_to(start);
        }
        let Poll::Ready(Ok(permit)) = poll(&mut call) else { panic!("it is {start}") };
        permit.success();
        let token = Token(1, start.as_nanos());
        assert_eq!(queue.with(|state| state.ended[0].0), token, "the backend's last token");
    }
}

#[test]
fn a_waiting_call_that_is_refused_after_all_gives_back_what_it_holds() {
    let (time, queue) = (ManualClock::new(), Queue::new());
    let driver = Driver::new().with_clock(time.clock());
    let mut call = pin!(driver.protect(&queue).acquire());
    assert!(poll(&mut call).is_pending());
    queue.start(Err(RefusalKind::RateLimited));
    let Poll::Ready(Err(refusal)) = poll(&mut call) else { panic!("it is refused") };
    assert_eq!(refusal.kind(), RefusalKind::RateLimited);
    let ended = queue.with(|state| state.ended.clone());
    assert_eq!(ended, [(Token(1, 0), seawall_core::Verdict::Unused)]);
}

#[test]
fn a_start_that_moves_beyond_the_deadline_is_refused_at_once() {
    let (time, queue) = (ManualClock::new(), Queue::new());
    let driver = Driver::new().with_clock(time.clock());
    let mut call = pin!(driver.protect(&queue).deadline(20 * SECOND).acquire());
    assert!(poll(&mut call).is_pending());
    queue.start(Ok(Tick::ZERO + 21 * SECOND));
    let Poll::Ready(Err(refusal)) = poll(&mut call) else { panic!("it is refused") };
    assert_eq!(refusal.kind(), RefusalKind::Deadline);
    assert_eq!(refusal.retry_after(), Some(21 * SECOND));
}

#[test]
fn a_thread_that_waits_is_woken_when_its_start_becomes_earlier() {
    let (time, queue) = (ManualClock::new(), Queue::new());
    let driver = Driver::new().with_clock(time.clock());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| driver.protect(&queue).acquire_blocking().map(|_| ()));
        while queue.with(|state| state.waker.is_none()) {
            std::thread::yield_now();
        }
        queue.start(Ok(Tick::ZERO));
        call.join().expect("no panic").expect("it may start");
    });
}
