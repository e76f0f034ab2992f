//! A network between instances and a store, in virtual time: it delays, loses and repeats what it carries.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use seawall_core::{Clock, Tick};
use seawall_store::{Contact, MemoryStore, Script, Store, StoreError, StoreErrorKind, StoreKey};

pub(crate) const MS: Duration = Duration::from_millis(1);

/// How a network treats what it carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// The shortest and the longest way to the store, and back.
    pub(crate) way: (Duration, Duration),
    /// Of a thousand: requests lost, answers lost, requests carried out again much later.
    pub(crate) lost: (u64, u64, u64),
    /// Of a thousand answers, how many are late, and by how much at most.
    pub(crate) late: (u64, Duration),
}

impl Weather {
    pub(crate) const CALM: Self = Self { way: (MS, MS), lost: (0, 0, 0), late: (0, MS) };
    pub(crate) const ROUGH: Self =
        Self { way: (MS, Duration::from_millis(9)), lost: (20, 20, 20), late: (0, MS) };
}

/// A request that is carried out once more, and when.
type Late = (Tick, &'static Script, StoreKey, Vec<f64>);

#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) store: Arc<MemoryStore>,
    clock: Clock,
    weather: Weather,
    random: Mutex<u64>,
    pub(crate) cut: AtomicBool,
    pub(crate) requests: AtomicU64,
    late: Mutex<Vec<Late>>,
}

impl Network {
    pub(crate) fn new(
        store: &Arc<MemoryStore>,
        clock: &Clock,
        weather: Weather,
        seed: u64,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            clock: clock.clone(),
            weather,
            random: Mutex::new(seed | 1),
            cut: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            late: Mutex::new(Vec::new()),
        })
    }

    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn below(&self, limit: u64) -> u64 {
        let mut random = self.random.lock().expect("no panic");
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        (*random >> 11) % limit.max(1)
    }

    async fn way(&self) -> Result<(), StoreError> {
        let (least, most) = self.weather.way;
        let extra = u64::try_from((most - least).as_nanos()).expect("short");
        let time = least + Duration::from_nanos(self.below(extra + 1));
        self.clock.sleep_until(self.clock.now() + time).await;
        if self.cut.load(Ordering::SeqCst) {
            let error = StoreError::new(StoreErrorKind::Unavailable, self.place(), "is cut off");
            return Err(error);
        }
        Ok(())
    }

    async fn lose(&self) -> ! {
        std::future::pending().await
    }
}

#[async_trait]
impl Store for Network {
    fn place(&self) -> String {
        "memory behind a network".to_owned()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        self.way().await?;
        self.store.contact().await
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let (request, reply, again) = self.weather.lost;
        self.way().await?;
        let now = self.clock.now();
        let due: Vec<_> = {
            let mut late = self.late.lock().expect("no panic");
            let (due, rest) = late.drain(..).partition(|late| late.0 <= now);
            *late = rest;
            due
        };
        for (_, script, key, arguments) in due {
            let _late = self.store.run(script, &key, &arguments).await;
        }
        if self.below(1000) < request {
            self.lose().await;
        }
        let answer = self.store.run(script, key, arguments).await?;
        if self.below(1000) < again {
            let at = now + MS * u32::try_from(self.below(3000)).expect("small");
            let late = (at, script, key.clone(), arguments.to_vec());
            self.late.lock().expect("no panic").push(late);
        }
        if self.below(1000) < reply {
            self.lose().await;
        }
        let (late, most) = self.weather.late;
        if self.below(1000) < late {
            let most = u64::try_from(most.as_nanos()).expect("short");
            let time = Duration::from_nanos(self.below(most));
            self.clock.sleep_until(self.clock.now() + time).await;
        }
        self.way().await?;
        Ok(answer)
    }
}
