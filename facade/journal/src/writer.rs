use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use seawall_core::{Clock, Event, Interest, Observer, Tick};

use crate::noted::Noted;
use crate::queue::{Mark, Queue};
use crate::{Journal, JournalError, Lost, Record, WriterOptions};

mod pending;

use self::pending::Pending;

/// Writes events to a [`Journal`]. It is an observer, and a call never waits for it: events wait in
/// bounded room until [`run`](Self::run) writes them, and while the journal is away. If there is no room,
/// the oldest are lost, changes last; that is counted, and the journal has a record of it once it is back.
///
/// [`run`](Self::run) removes the oldest events itself before the room is full, so that a call finds room
/// while the journal is away too.
///
/// Clones share everything.
#[derive(Clone)]
pub struct JournalWriter(Arc<Inner>);

struct Inner {
    journal: Arc<dyn Journal>,
    options: WriterOptions,
    clock: Clock,
    /// A moment by both clocks.
    wall: (SystemTime, Tick),
    queue: Queue,
    written: AtomicU64,
    flushes: AtomicUsize,
    is_running: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The waker of the future that writes.
    writer: Option<Waker>,
    /// Those of the futures that wait for a flush.
    flushing: Vec<Waker>,
    /// What is being written.
    pending: Option<Pending>,
    last_error: Option<String>,
    /// What the journal was told of what was lost.
    reported: Lost,
}

/// What a writer has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterStatus {
    /// The number of events that wait to be written.
    pub waiting: u64,
    /// The number of events that were written.
    pub written: u64,
    /// The number of events that were lost.
    pub lost: Lost,
    /// Why the journal cannot be written now, if it cannot.
    pub error: Option<String>,
}

/// The first and the longest wait for a journal that is away.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The time between two removals of events that there is no room for.
const MAKE_ROOM_EVERY: Duration = Duration::from_millis(1);

/// The time between two removals of old records.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

impl JournalWriter {
    /// Creates a writer to `journal`, by the clock of the infrastructure whose events it receives.
    #[must_use]
    pub fn new(journal: impl Journal + 'static, options: WriterOptions, clock: Clock) -> Self {
        Self::shared(Arc::new(journal), options, clock)
    }

    /// Creates a writer to a journal that others use too.
    #[must_use]
    pub fn shared(journal: Arc<dyn Journal>, options: WriterOptions, clock: Clock) -> Self {
        let wall = (crate::wall::now(), clock.now());
        let queue = Queue::new(options.room_for_changes, options.room_for_calls);
        Self(Arc::new(Inner {
            journal,
            options,
            clock,
            wall,
            queue,
            written: AtomicU64::new(0),
            flushes: AtomicUsize::new(0),
            is_running: AtomicBool::new(false),
            state: Mutex::default(),
        }))
    }

    /// Returns the journal.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.0.journal
    }

    /// Returns what it has done.
    #[must_use]
    pub fn status(&self) -> WriterStatus {
        let inner = &self.0;
        WriterStatus {
            waiting: inner.queue.len() as u64,
            written: inner.written.load(Ordering::Relaxed),
            lost: inner.queue.lost(),
            error: inner.lock().last_error.clone(),
        }
    }

    /// Writes events for as long as it is polled: as a part of the background work, by
    /// `Infrastructure::supervise`. While the journal is away, it tries again, after 100 ms and later
    /// after 10 s at most. If the future is dropped while it writes, the next one writes the same batch, so
    /// that nothing is lost, but that batch may be there twice.
    ///
    /// # Errors
    /// If the journal was closed, or another future writes.
    pub fn run(&self) -> impl Future<Output = Result<(), JournalError>> + Send + use<> {
        let inner = Arc::clone(&self.0);
        async move { inner.run().await }
    }

    /// Waits until everything that happened before is written or lost. [`run`](Self::run) does the
    /// writing.
    pub fn flush(&self) -> impl Future<Output = ()> + Send + use<> {
        let (inner, mark) = (Arc::clone(&self.0), self.0.queue.mark());
        async move { inner.flush(&mark).await }
    }
}

/// Counts a flush for as long as it waits.
struct Flushing<'a>(&'a AtomicUsize);

impl Drop for Flushing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The one future that writes.
struct Running<'a>(&'a Inner);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.is_running.store(false, Ordering::Release);
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wall_time(&self, at: Tick) -> SystemTime {
        let (wall, tick) = self.wall;
        match at >= tick {
            true => wall + at.since(tick),
            false => wall - tick.since(at),
        }
    }

    async fn run(&self) -> Result<(), JournalError> {
        if self.is_running.swap(true, Ordering::AcqRel) {
            return Err(JournalError::invalid("another future writes to the journal"));
        }
        let _running = Running(self);
        let mut prune_at = self.clock.now();
        let mut pruning = None;
        loop {
            alongside(&mut pruning, self.due(prune_at)).await;
            let now = self.clock.now();
            alongside(&mut pruning, self.write()).await?;
            if now >= prune_at {
                prune_at = now + PRUNE_EVERY;
                if pruning.is_none() {
                    pruning = Some(self.journal.prune(self.options.retention, self.wall_time(now)));
                }
            }
        }
    }

    /// Waits until everything up to `mark` is written or lost.
    async fn flush(&self, mark: &Mark) {
        self.flushes.fetch_add(1, Ordering::SeqCst);
        let _flushing = Flushing(&self.flushes);
        poll_fn(|cx| {
            let mut state = self.lock();
            state.flushing.retain(|waker| !waker.will_wake(cx.waker()));
            state.flushing.push(cx.waker().clone());
            let writer = state.writer.take();
            drop(state);
            writer.into_iter().for_each(Waker::wake);
            match self.queue.has_reached(mark) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Returns true if this number of events should be written at once.
    fn is_full(&self, waiting: usize) -> bool {
        waiting >= self.options.batch || (waiting > 0 && self.flushes.load(Ordering::SeqCst) > 0)
    }

    /// Waits until a batch is full, until the first of the events has waited for long enough, until
    /// a flush wants it, or until `latest`.
    async fn due(&self, latest: Tick) {
        if self.lock().pending.is_some() {
            return;
        }
        if self.queue.len() == 0 {
            self.sleep(latest, 1).await;
        }
        if self.queue.len() > 0 {
            let until = self.clock.now() + self.options.every;
            self.sleep(until, self.options.batch).await;
        }
    }

    /// Sleeps until `until`, until `events` wait, or until a flush wants them written.
    async fn sleep(&self, until: Tick, events: usize) {
        let mut sleep = pin!(self.clock.sleep_until(until));
        poll_fn(|cx| {
            self.lock().writer = Some(cx.waker().clone());
            self.queue.wake_at(events);
            let waiting = self.queue.len();
            match waiting >= events || self.is_full(waiting) || sleep.as_mut().poll(cx).is_ready() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        self.queue.never_wake();
    }

    /// Writes all that waits. Of a batch that can never be stored, each record is tried by itself.
    async fn write(&self) -> Result<(), JournalError> {
        while let Some(pending) = self.pending() {
            let mut refused = Vec::new();
            if !self.store(&pending.records).await? {
                for (nth, record) in pending.records.iter().enumerate() {
                    if !self.store(&[record.clone()].into()).await? {
                        refused.push(nth);
                    }
                }
            }
            self.settle(&pending, &refused);
        }
        Ok(())
    }

    /// Stores records, again and again until the journal takes them. Returns false if it never will.
    async fn store(&self, records: &Arc<[Record]>) -> Result<bool, JournalError> {
        let mut wait = FIRST_WAIT;
        loop {
            let stored = self.journal.store_batch(Arc::clone(records));
            match self.making_room(stored).await {
                Ok(_) => return Ok(true),
                Err(error) if error.is_closed() => return Err(error),
                Err(error) if !error.is_unavailable() => return Ok(false),
                Err(error) => self.fail(&error),
            }
            self.making_room(self.clock.sleep_until(self.clock.now() + wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Does `work`, during which nothing is taken from the queue, and makes room in it meanwhile.
    async fn making_room<F: Future>(&self, work: F) -> F::Output {
        let (mut work, mut making) = (pin!(work), pin!(self.make_room()));
        let done = poll_fn(|cx| {
            let polled = work.as_mut().poll(cx);
            if polled.is_pending() {
                let _endless = making.as_mut().poll(cx);
            }
            polled
        })
        .await;
        self.queue.never_wake();
        done
    }

    /// Makes room in the queue whenever it is crowded, a little at a time: all at once, it would slow down
    /// a burst of calls that there is room for.
    async fn make_room(&self) {
        loop {
            poll_fn(|cx| {
                self.lock().writer = Some(cx.waker().clone());
                match self.queue.is_crowded() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
            while self.queue.make_room() {
                self.clock.sleep_until(self.clock.now() + MAKE_ROOM_EVERY).await;
            }
        }
    }
}

/// Runs `work` to its end, and `pruning` as far as it comes meanwhile. A journal that cannot be pruned is
/// found out by the next write.
async fn alongside<F: Future, P: Future + Unpin>(pruning: &mut Option<P>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|cx| {
        if let Some(under_way) = pruning
            && Pin::new(under_way).poll(cx).is_ready()
        {
            *pruning = None;
        }
        work.as_mut().poll(cx)
    })
    .await
}

impl Observer for JournalWriter {
    fn observe(&self, event: &Event<'_>) {
        let inner = &*self.0;
        if inner.queue.push(Noted::new(event)) {
            let writer = inner.lock().writer.take();
            writer.into_iter().for_each(Waker::wake);
        }
    }

    fn interest(&self) -> Interest {
        self.0.options.interest
    }
}

impl fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JournalWriter").field(&self.status()).finish()
    }
}
