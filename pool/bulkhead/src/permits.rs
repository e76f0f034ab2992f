use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Semaphore;

/// Permits whose number can change while calls hold them or wait for them.
#[derive(Debug)]
pub(crate) struct Permits {
    free: Semaphore,
    total: AtomicU32,
    /// Permits above the total that calls still hold. Each is withdrawn when it is released.
    surplus: AtomicU32,
}

impl Permits {
    pub(crate) fn new(total: u32) -> Self {
        let free = Semaphore::new(total as usize);
        Self { free, total: AtomicU32::new(total), surplus: AtomicU32::new(0) }
    }

    /// Returns the semaphore that grants the permits, in arrival order.
    pub(crate) const fn semaphore(&self) -> &Semaphore {
        &self.free
    }

    pub(crate) fn total(&self) -> u32 {
        self.total.load(Ordering::Relaxed)
    }

    /// Returns the number of permits, with those above the total that calls still hold.
    pub(crate) fn all(&self) -> u32 {
        self.total().saturating_add(self.surplus.load(Ordering::Relaxed))
    }

    /// Returns the number of permits that calls hold.
    pub(crate) fn held(&self) -> u32 {
        let free = u32::try_from(self.free.available_permits()).unwrap_or(u32::MAX);
        self.all().saturating_sub(free)
    }

    #[inline]
    pub(crate) fn release(&self) {
        if self.surplus.load(Ordering::Relaxed) == 0 || self.take_surplus(1) == 0 {
            self.free.add_permits(1);
        }
    }

    /// Changes the number of permits. Held permits stay with their calls: those above `total` are
    /// withdrawn as they are released. Must not run twice at a time.
    ///
    /// A call that ends at the same moment may still pass its permit on; then the next one that is
    /// released is withdrawn.
    pub(crate) fn resize(&self, total: u32) {
        let before = self.total.swap(total, Ordering::Relaxed);
        let more = total.saturating_sub(before);
        let fewer = before.saturating_sub(total);
        self.free.add_permits((more - self.take_surplus(more)) as usize);
        if fewer > 0 {
            self.surplus.fetch_add(fewer, Ordering::Relaxed);
            let withdrawn = self.free.forget_permits(fewer as usize);
            let wanted = self.take_surplus(u32::try_from(withdrawn).unwrap_or(fewer)) as usize;
            self.free.add_permits(withdrawn.saturating_sub(wanted));
        }
    }

    /// Takes up to `count` from the surplus, and returns how many it was.
    #[cold]
    fn take_surplus(&self, count: u32) -> u32 {
        let less = |surplus: u32| Some(surplus.saturating_sub(count));
        let before = self.surplus.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        before.unwrap_or_default().min(count)
    }
}
