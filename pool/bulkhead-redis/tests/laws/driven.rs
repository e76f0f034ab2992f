use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use seawall_bulkhead_redis::{BulkheadOptions, SharedBulkhead, SharedOptions};
use seawall_core::{
    Backend, BoxFuture, Call, Clock, ControlAction, ControlError, Driver, Entry, Exit, Key, Layer,
    ManualControl, Status, Tick, Token,
};
use seawall_store::Store;
use seawall_testkit::ManualClock;
use seawall_testkit::bulkhead::{Handles, Setup};

/// A bulkhead whose background work is done whenever something is asked of it, or a call waits.
#[derive(Clone)]
pub(crate) struct Driven {
    bulkhead: SharedBulkhead,
    work: Arc<Mutex<BoxFuture<'static, ()>>>,
    wakers: Arc<Wakers>,
}

/// Wakes the calls that wait, which do the background work then.
#[derive(Default)]
struct Wakers(Mutex<Vec<Waker>>);

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut *self.0.lock().expect("no panic"));
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Driven {
    /// Starts a bulkhead over the store that `store` returns for a clock.
    pub(crate) fn start(setup: &Setup, store: impl FnOnce(Clock) -> Arc<dyn Store>) -> Handles {
        /// No other bulkhead has its permits.
        static SECRET: AtomicU64 = AtomicU64::new(0);
        let secret = SECRET.fetch_add(1, Ordering::Relaxed).to_string();
        let time = ManualClock::new();
        let options = BulkheadOptions::new("subject").max_concurrent(setup.max_concurrent);
        let options = SharedOptions::new(options).key_secret(&secret).seed(1 << 12);
        let bulkhead = SharedBulkhead::start(&options, store(time.clock()));
        let driver = Driver::new().with_clock(time.clock());
        let bulkhead = bulkhead.expect("valid options").with_driver(driver);
        let work: BoxFuture<'static, ()> = Box::pin(bulkhead.run());
        let work = Arc::new(Mutex::new(work));
        let driven = Self { bulkhead: bulkhead.clone(), work, wakers: Arc::default() };
        Handles::new(&driven).with_close(move || bulkhead.close()).with_clock(&time)
    }

    fn work(&self) {
        let waker = Waker::from(Arc::clone(&self.wakers));
        let mut cx = Context::from_waker(&waker);
        let ended = self.work.lock().expect("no panic").as_mut().poll(&mut cx);
        assert!(ended.is_pending(), "the bulkhead is there");
    }

    fn with<T>(&self, act: impl FnOnce(&SharedBulkhead) -> T) -> T {
        self.work();
        let done = act(&self.bulkhead);
        self.work();
        done
    }
}

impl Backend for Driven {
    fn layer(&self) -> &Layer {
        self.bulkhead.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        let mut pending = match self.with(|bulkhead| bulkhead.enter(call)) {
            Entry::Pending(pending) => pending,
            entry => return entry,
        };
        let driven = self.clone();
        let mut answer = pending.answer;
        pending.answer = Box::pin(poll_fn(move |cx: &mut Context<'_>| {
            driven.wakers.0.lock().expect("no panic").push(cx.waker().clone());
            driven.work();
            answer.as_mut().poll(cx)
        }));
        Entry::Pending(pending)
    }

    fn expire(&self, token: Option<Token>) {
        self.bulkhead.expire(token);
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.with(|bulkhead| bulkhead.exit(token, exit));
    }

    fn status(&self, now: Tick) -> Status {
        Backend::status(&self.bulkhead, now)
    }
}

impl ManualControl for Driven {
    fn act(&self, action: ControlAction, key: Option<Key<'_>>) -> Result<(), ControlError> {
        self.with(|bulkhead| bulkhead.act(action, key))
    }
}
