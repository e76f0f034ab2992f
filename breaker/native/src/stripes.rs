use seawall_core::{Counter, StripedCounters};

/// The counters of a breaker that every call changes, kept apart by thread.
#[derive(Debug, Default)]
pub(crate) struct Stripes(StripedCounters<Stripe>);

#[derive(Debug, Default)]
struct Stripe {
    admitted: Counter,
    refused: Counter,
    successes: Counter,
    /// A generation in the upper bits, and in the lower bits the number of successes in it. One word, so
    /// that a success stays in its generation however late other threads see it.
    recent: Counter,
}

/// Enough for 14 years at ten million successes a second and stripe.
const COUNT_BITS: u32 = 52;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// Returns the upper bits for a generation. They repeat after 4096 generations, so the engine subtracts
/// what a new generation finds under its own.
const fn mark(generation: u64) -> u64 {
    generation << COUNT_BITS
}

impl Stripes {
    #[inline]
    pub(crate) fn admit(&self) {
        self.0.local().add(|stripe| &stripe.admitted);
    }

    #[inline]
    pub(crate) fn refuse(&self) {
        self.0.local().add(|stripe| &stripe.refused);
    }

    /// Counts a success in `generation`. Once that is not `current` any more, it takes nothing from what
    /// threads that share this stripe have counted in the next one.
    #[inline]
    pub(crate) fn succeed(&self, generation: u64, current: impl Fn() -> u64) {
        let local = self.0.local();
        local.add(|stripe| &stripe.successes);
        local.update(
            |stripe| &stripe.recent,
            |recent| {
                let mark = mark(generation);
                match recent & !COUNT == mark {
                    true => recent + 1,
                    false if current() == generation => mark + 1,
                    false => recent,
                }
            },
        );
    }

    /// Returns the number of successes in `generation`.
    pub(crate) fn successes_in(&self, generation: u64) -> u64 {
        self.0.sum(|stripe| {
            let recent = stripe.recent.get();
            if recent & !COUNT == mark(generation) { recent & COUNT } else { 0 }
        })
    }

    pub(crate) fn admitted(&self) -> u64 {
        self.0.sum(|stripe| stripe.admitted.get())
    }

    pub(crate) fn refused(&self) -> u64 {
        self.0.sum(|stripe| stripe.refused.get())
    }

    pub(crate) fn successes(&self) -> u64 {
        self.0.sum(|stripe| stripe.successes.get())
    }
}
