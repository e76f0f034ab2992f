use std::task::Waker;

use super::observe::{Observations, Observed, observe};
use crate::{
    Backend, Call, Counter, Entry, Exit, Layer, Refusal, Status, StripedCounters, Tick, Token,
    Verdict,
};

/// A second layer with other options, which has the same calls and ends as the layer in front of it and is
/// never obeyed.
///
/// It is a layer of its own, directly behind the one that it is compared with, which is a [`DryRun`](super::DryRun)
/// [`with_shadow`](super::DryRun::with_shadow). So it has a name of its own, events and a status.
///
/// ```
/// # use std::sync::Arc;
/// # use seawall_core::dry_run::{DryRun, Mode, Shadow};
/// # use seawall_core::{Backend, Dynamic, InvalidLayers};
/// # fn example(breaker: Arc<dyn Backend>, stricter: Arc<dyn Backend>) -> Result<(), InvalidLayers> {
/// let shadow = Arc::new(Shadow::new(stricter));
/// let breaker = Arc::new(DryRun::new(breaker, Mode::Enforce).with_shadow(&shadow));
/// let prices = Dynamic::new("prices", vec![breaker, shadow])?;
/// # let _ = prices;
/// # Ok(())
/// # }
/// ```
///
/// Its status has `would_refuse`: calls that went past the first layer and that the shadow would have
/// refused or made to wait; `would_admit`: calls that the first layer refused at once and the shadow
/// would have admitted; and `enforced`, which is 0. Of those, it learns [`Verdict::Abandoned`], since how they would have ended is not
/// known. Of calls that it would have refused, it learns nothing. Still, it cannot prevent what its
/// refusals would have prevented: after a trip, it sees a service under the load of all calls.
pub struct Shadow<S> {
    layer: S,
    observations: Observations,
    would_admit: StripedCounters<Counter>,
}

impl<S: Backend> Shadow<S> {
    /// Makes `layer` a shadow.
    #[must_use]
    pub fn new(layer: S) -> Self {
        Self { layer, observations: Observations::default(), would_admit: Default::default() }
    }

    /// Returns the layer that is asked.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.layer
    }
}

/// Learns of calls that the layer in front has refused.
pub(super) trait Feed: Send + Sync {
    fn refused(&self, call: &Call<'_>);
}

impl<S: Backend> Feed for Shadow<S> {
    fn refused(&self, call: &Call<'_>) {
        // The layer that refused may have noted a change, and one of the shadow's would be reported as its.
        let noted = call.take_change();
        let observed = observe(&self.layer, call);
        _ = call.take_change();
        if let Some(noted) = noted {
            call.note(noted);
        }
        match observed {
            Observed::Admits(token) => {
                self.would_admit.local().add(|would_admit| would_admit);
                let exit = Exit::at(call.now(), Verdict::Abandoned).with_cost(call.cost());
                self.observations.end(&self.layer, token, &exit);
            }
            Observed::Refuses => {}
            Observed::Panicked => self.observations.panicked(),
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
impl<S: Backend> Backend for Shadow<S> {
    fn layer(&self) -> &Layer {
        self.layer.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        Entry::Go(self.observations.ask(&self.layer, call))
    }

    /// A shadow makes no call wait.
    fn poll_start(&self, _: &mut Token, at: Tick, _: Tick, _: &Waker) -> Result<Tick, Refusal> {
        Ok(at)
    }

    /// A shadow makes no call wait.
    fn expire(&self, _token: Option<Token>) {}

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.observations.end(&self.layer, token, exit);
    }

    fn accepts_extra(&self, _call: &Call<'_>) -> bool {
        true
    }

    fn status(&self, now: Tick) -> Status {
        let would_admit = self.would_admit.sum(Counter::get);
        let status = self.observations.add_to(self.layer.status(now));
        let status = status.with_counter("would_admit", would_admit, "{call}");
        status.with_gauge("enforced", 0, "1e-6")
    }
}

impl<S: Backend> std::fmt::Debug for Shadow<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shadow").field(self.layer.layer()).finish()
    }
}
