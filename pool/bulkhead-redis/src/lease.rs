use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seawall_bulkhead::Bulkhead;
use seawall_core::Tick;
use tokio::sync::Notify;

/// Whether the background work runs, and the store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    Stopped,
    Connecting,
    Connected,
    Away,
}

const CONTACTS: [Contact; 4] =
    [Contact::Stopped, Contact::Connecting, Contact::Connected, Contact::Away];

/// The permits that this instance holds, and until when.
#[derive(Debug)]
pub(crate) struct Lease {
    /// No call starts after this time.
    until: AtomicU64,
    /// Calls that got no permit since the last request.
    missed: AtomicU32,
    contact: AtomicU8,
    /// The number of the last request, also of background work that ran before.
    number: AtomicU64,
    /// Wakes the background work when permits are missing.
    pub(crate) needed: Arc<Notify>,
    /// Wakes the background work when the bulkhead has another maximum, or is closed or gone.
    pub(crate) changed: Arc<Notify>,
    changing: Mutex<()>,
}

impl Lease {
    pub(crate) fn new() -> Self {
        Self {
            until: AtomicU64::new(0),
            missed: AtomicU32::new(0),
            contact: AtomicU8::new(Contact::Stopped as u8),
            number: AtomicU64::new(0),
            needed: Arc::default(),
            changed: Arc::default(),
            changing: Mutex::new(()),
        }
    }

    /// Takes all permits from `bulkhead` if the time of the lease is over.
    #[inline]
    pub(crate) fn check(&self, bulkhead: &Bulkhead, now: Tick) {
        if now.as_nanos() >= self.until.load(Ordering::Acquire) {
            self.lapse(bulkhead, now);
        }
    }

    #[cold]
    fn lapse(&self, bulkhead: &Bulkhead, now: Tick) {
        let _changing = self.lock();
        if now.as_nanos() >= self.until.load(Ordering::Acquire) && bulkhead.permits() > 0 {
            bulkhead.set_permits(0);
        }
    }

    /// Gives `bulkhead` no more than `permits`, before the store may give the rest to another instance.
    pub(crate) fn shrink(&self, bulkhead: &Bulkhead, permits: u32) {
        let _changing = self.lock();
        if bulkhead.permits() > permits {
            bulkhead.set_permits(permits);
        }
    }

    /// Gives `bulkhead` as many as were granted, until `until`.
    pub(crate) fn grant(&self, bulkhead: &Bulkhead, permits: u32, until: Tick) {
        let _changing = self.lock();
        self.until.store(until.as_nanos(), Ordering::Release);
        bulkhead.set_permits(permits);
    }

    /// Notes a call that got no permit.
    #[cold]
    pub(crate) fn miss(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
        self.needed.notify_one();
    }

    /// Returns the number of calls that got no permit since it was last asked for.
    pub(crate) fn take_missed(&self) -> u32 {
        self.missed.swap(0, Ordering::Relaxed)
    }

    /// Returns the number of the next request.
    pub(crate) fn next_number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Becomes the one background work; returns false if there is another.
    pub(crate) fn start(&self) -> bool {
        let [stopped, connecting] =
            [Contact::Stopped, Contact::Connecting].map(|contact| contact as u8);
        let (done, seen) = (Ordering::AcqRel, Ordering::Acquire);
        self.contact.compare_exchange(stopped, connecting, done, seen).is_ok()
    }

    pub(crate) fn set_contact(&self, contact: Contact) {
        self.contact.store(contact as u8, Ordering::Release);
    }

    pub(crate) fn contact(&self) -> Contact {
        CONTACTS[usize::from(self.contact.load(Ordering::Acquire))]
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease {
    /// Lets the background work see that the bulkhead is gone.
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}
