use seawall_core::{Counter, StripedCounters};

/// What every call moves, apart for each thread.
#[derive(Debug, Default)]
pub(crate) struct Stripes(StripedCounters<Stripe>);

#[derive(Debug, Default)]
struct Stripe {
    admitted: Counter,
    refused: Counter,
    successes: Counter,
    /// In the upper bits a generation, in the lower ones how many calls succeeded in it.
    ///
    /// Both are written as one, by whoever counts, so a success stays in the generation that it was
    /// counted in, however late the others see it: who counts those of a later one passes it over.
    recent: Counter,
}

/// At ten million successes a second and stripe, the count lasts 14 years.
const COUNT_BITS: u32 = 52;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

/// The generation as a stripe keeps it. It comes again after 4096 generations: so a new generation
/// has to be told what it finds under its own.
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

    /// Counts a success in `generation`, which lasts, or did until just now.
    #[inline]
    pub(crate) fn succeed(&self, generation: u64) {
        let local = self.0.local();
        local.add(|stripe| &stripe.successes);
        local.update(
            |stripe| &stripe.recent,
            |recent| {
                let mark = mark(generation);
                if recent & !COUNT == mark { recent + 1 } else { mark + 1 }
            },
        );
    }

    /// How many successes stand under `generation`.
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
