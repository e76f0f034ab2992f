use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;

use seawall_bulkhead_redis::{BulkheadOptions, SharedBulkhead, SharedOptions};
use seawall_core::{
    Backend, Call, Clock, ControlAction, ControlError, Driver, Entry, Exit, Key, Layer,
    ManualControl, Status, Tick, Token,
};
use seawall_store::Store;
use seawall_test_servers::stores::Background;
use seawall_testkit::ManualClock;
use seawall_testkit::bulkhead::{Handles, Setup};

/// A bulkhead whose background work is done whenever something is asked of it, or a call waits.
#[derive(Clone)]
pub(crate) struct Driven {
    bulkhead: SharedBulkhead,
    background: Background,
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
        let background = Background::new(bulkhead.run());
        let driven = Self { bulkhead: bulkhead.clone(), background };
        Handles::new(&driven).with_close(move || bulkhead.close()).with_clock(&time)
    }

    fn with<T>(&self, act: impl FnOnce(&SharedBulkhead) -> T) -> T {
        self.background.work();
        let done = act(&self.bulkhead);
        self.background.work();
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
            driven.background.work_for(cx.waker());
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
