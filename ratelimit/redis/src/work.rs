use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use seawall_core::{BoxFuture, Clock, Deadline, Detail, Driver, Sleep, Tick, Topic};
use seawall_store::tokens::{LeaseReply, TOKENS};
use seawall_store::{Random, StoreError, StoreErrorKind};

use crate::count::{Count, Sent, Step};
use crate::inbox::Inbox;
use crate::link::State;
use crate::probe::{self, Probed, Probes};
use crate::shared::Shared;

/// Runs all requests of a limiter, until it is gone. If the limiter has background work already, ends when
/// that does not matter: at once.
pub(crate) async fn run(shared: Weak<Shared>, driver: Driver) {
    let Some(mut work) = Work::start(shared, driver) else { return };
    let mut sleep: Option<(Tick, Sleep)> = None;
    poll_fn(|cx| {
        loop {
            let Some(next) = work.advance(cx) else { return Poll::Ready(()) };
            if next == Tick::MAX {
                return Poll::Pending;
            }
            let (at, timer) = sleep.get_or_insert_with(|| (next, work.clock.sleep_until(next)));
            if *at != next {
                (*at, *timer) = (next, work.clock.sleep_until(next));
            }
            if Pin::new(timer).poll(cx).is_pending() {
                return Poll::Pending;
            }
            sleep = None;
        }
    })
    .await;
}

struct Work {
    shared: Weak<Shared>,
    inbox: Arc<Inbox>,
    driver: Driver,
    clock: Clock,
    random: Random,
    /// Room for the keys that were handed over.
    new: Vec<Arc<Count>>,
    jobs: FuturesUnordered<BoxFuture<'static, Done>>,
    /// The keys that a request is under way for.
    under_way: BTreeMap<u64, Arc<Count>>,
    /// The keys that are looked at again at a time.
    timers: BTreeMap<(Tick, u64), Arc<Count>>,
    /// The keys that wait for the store to answer.
    parked: Vec<Arc<Count>>,
    probes: Probes,
}

/// A request that has ended.
enum Done {
    Asked(Arc<Count>, Box<Sent>, Result<Vec<f64>, StoreError>),
    Probed(Probed),
}

impl Work {
    /// Becomes the background work; `None` if there is another.
    fn start(shared: Weak<Shared>, driver: Driver) -> Option<Self> {
        let strong = shared.upgrade()?;
        if !strong.inbox.start() {
            return None;
        }
        strong.clock.settle(driver.clock());
        let clock = strong.clock.get().unwrap_or(driver.clock()).clone();
        let mut random = Random::new(strong.seed.load(Ordering::Relaxed));
        strong.seed.store(random.number(), Ordering::Relaxed);
        Some(Self {
            inbox: Arc::clone(&strong.inbox),
            shared,
            driver,
            clock,
            random,
            new: Vec::new(),
            jobs: FuturesUnordered::new(),
            under_way: BTreeMap::new(),
            timers: BTreeMap::new(),
            parked: Vec::new(),
            probes: Probes::default(),
        })
    }

    /// Does what can be done now. Returns the time at which there is more to do; `None` if the limiter is
    /// gone.
    fn advance(&mut self, cx: &mut Context<'_>) -> Option<Tick> {
        loop {
            let mut new = std::mem::take(&mut self.new);
            self.inbox.take(cx.waker(), &mut new);
            let shared = self.shared.upgrade()?;
            let mut is_idle = new.is_empty();
            for count in new.drain(..) {
                self.look_at(&shared, count);
            }
            self.new = new;
            while let Poll::Ready(Some(done)) = self.jobs.poll_next_unpin(cx) {
                is_idle = false;
                match done {
                    Done::Asked(count, sent, result) => self.end(&shared, count, &sent, result),
                    Done::Probed(probed) => self.end_probe(&shared, probed),
                }
            }
            let now = self.clock.now();
            while let Some((&at, _)) = self.timers.first_key_value().filter(|(at, _)| at.0 <= now) {
                is_idle = false;
                if let Some(count) =
                    self.timers.remove(&at).filter(|count| count.requeue(&shared.link))
                {
                    self.look_at(&shared, count);
                }
            }
            if shared.link.state() != State::Connected && self.probes.is_due(now) {
                is_idle = false;
                self.probes.begin();
                shared.link.count_request();
                let job = probe::send(&shared, &self.clock, now);
                self.jobs.push(Box::pin(async move { Done::Probed(job.await) }));
            }
            if is_idle {
                let probe = match shared.link.state() {
                    State::Connected => Tick::MAX,
                    _ => self.probes.next(),
                };
                let timer = self.timers.first_key_value().map_or(Tick::MAX, |(at, _)| at.0);
                return Some(probe.min(timer));
            }
        }
    }

    /// Sends what a key needs now, or keeps it until the store answers.
    fn look_at(&mut self, shared: &Arc<Shared>, count: Arc<Count>) {
        if shared.link.state() != State::Connected {
            if shared.link.state() == State::Away {
                let (keep, wakes) = count.park();
                wakes.wake();
                if !keep {
                    return;
                }
            }
            self.parked.push(count);
            return;
        }
        let now = self.clock.now();
        let (step, wakes) = count.plan(now, &shared.link, &mut self.random);
        wakes.wake();
        match step {
            Step::Idle => {}
            Step::At(at) => {
                self.timers.insert((at, count.id), count);
            }
            Step::Send(sent) => {
                shared.link.count_request();
                let (store, name) = (Arc::clone(&shared.store), count.name.clone());
                let (clock, until) = (self.clock.clone(), sent.until);
                let arguments = sent.lease.arguments();
                self.under_way.insert(count.id, Arc::clone(&count));
                self.jobs.push(Box::pin(async move {
                    let run = store.run(&TOKENS, &name, &arguments);
                    let answer = Deadline::new(&clock, until).cut(run).await;
                    let result =
                        answer.unwrap_or_else(|| Err(StoreError::timed_out(store.place())));
                    Done::Asked(count, sent, result)
                }));
            }
        }
    }

    fn end(
        &mut self,
        shared: &Arc<Shared>,
        count: Arc<Count>,
        sent: &Sent,
        result: Result<Vec<f64>, StoreError>,
    ) {
        self.under_way.remove(&count.id);
        let (now, link) = (self.clock.now(), &shared.link);
        let reply = result.and_then(|reply| {
            LeaseReply::read(&reply, &sent.lease)
                .ok_or_else(|| StoreError::garbled(shared.store.place()))
        });
        match reply {
            Ok(reply) => {
                if link.answered(sent.at, now, &reply) {
                    self.connected(shared);
                }
                count.answered(sent, &reply, now, link, &mut self.random).wake();
            }
            Err(error) if error.kind() == StoreErrorKind::Garbled => {
                link.count_failure();
                count.garbled(now).wake();
            }
            Err(error) => {
                self.lost(shared, &error);
                count.failed().wake();
            }
        }
        if count.requeue(&shared.link) {
            self.look_at(shared, count);
        }
    }

    fn end_probe(&mut self, shared: &Arc<Shared>, probed: Probed) {
        let now = self.clock.now();
        match probed.result {
            Ok((contact, reply)) => {
                self.probes.succeeded();
                shared.link.met(contact);
                if shared.link.answered(probed.sent, now, &reply) {
                    self.connected(shared);
                }
            }
            Err(error) => {
                self.probes.failed(now, &mut self.random);
                self.lost(shared, &error);
            }
        }
    }

    /// The store answers: asks for what was kept.
    fn connected(&mut self, shared: &Arc<Shared>) {
        if self.probes.reported() {
            self.driver.emit(Topic::ComponentRecovered, &shared.layer, || Detail::None);
        }
        for count in std::mem::take(&mut self.parked) {
            self.look_at(shared, count);
        }
    }

    /// The store does not answer: decides about calls that wait only for it.
    fn lost(&mut self, shared: &Arc<Shared>, error: &StoreError) {
        if !shared.link.failed(self.clock.now(), error.clone()) {
            return;
        }
        self.probes.report(self.clock.now(), &mut self.random);
        let cause: &(dyn std::error::Error + 'static) = error;
        let detail = || Detail::degraded(Some(cause));
        self.driver.emit(Topic::ComponentDegraded, &shared.layer, detail);
        for count in std::mem::take(&mut self.parked) {
            self.look_at(shared, count);
        }
    }
}

impl Drop for Work {
    /// Leaves the keys to the next background work.
    fn drop(&mut self) {
        self.inbox.stop();
        let shared = self.shared.upgrade();
        let requeue =
            |count: &Count| shared.as_ref().is_some_and(|shared| count.requeue(&shared.link));
        let asked = std::mem::take(&mut self.under_way).into_values();
        for count in asked {
            count.failed().wake();
            if requeue(&count) {
                self.inbox.push(&count);
            }
        }
        for count in self.parked.drain(..) {
            self.inbox.push(&count);
        }
        for count in std::mem::take(&mut self.timers).into_values() {
            if requeue(&count) {
                self.inbox.push(&count);
            }
        }
    }
}
