//! Layers that are asked but not obeyed, to learn what they would do: see [`DryRun`] and [`Shadow`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use seawall_core::dry_run::{DryRun, Mode};
//! use seawall_core::{Backend, Driver, Dynamic};
//!
//! # fn example(breaker: Arc<dyn Backend>) -> Result<(), Box<dyn std::error::Error>> {
//! let observed = Arc::new(DryRun::new(breaker, Mode::Observe));
//! let prices = Driver::new().handle(Dynamic::new("prices", vec![observed.clone()])?);
//! // Later, for one key in ten, and then for all:
//! observed.set_mode(Mode::share(0.1).expect("between 0 and 1"));
//! observed.set_mode(Mode::Enforce);
//! # let _ = prices;
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;
use std::task::Waker;

use crate::{Backend, Call, Entry, Exit, Layer, Refusal, Status, Tick, Token};

mod mode;
mod observe;
mod selection;
mod shadow;

pub use self::mode::{InvalidShare, Mode, Share};
pub use self::observe::{Observed, observe};
pub use self::shadow::Shadow;

use self::mode::AtomicMode;
use self::observe::Observations;
use self::selection::Selection;
use self::shadow::Feed;

/// A layer whose refusals are obeyed for all calls, for a share of them, or for none.
///
/// Calls that it does not refuse although the layer would, it admits without a token: the layer does not
/// learn of their end, as it would not if it had refused them. It is never made to wait for either. An
/// observed layer still differs from an enforced one: it sees the failures of calls that it would have
/// prevented from reaching a service in trouble.
///
/// The mode changes while calls run; each call ends as it began. To a layer that is always enforced and has
/// no shadow, a `DryRun` adds nothing, so leave it out there.
///
/// Its status is that of the layer, with `would_refuse`: calls that it let pass and the layer would have
/// refused or made to wait; `observed_panics`: panics of the layer, which no observed call notices; and
/// `enforced`: the share of calls that the layer refuses, in millionths. Of a layer that is off the state
/// is `off`.
pub struct DryRun<B> {
    layer: B,
    mode: AtomicMode,
    selection: Selection,
    observations: Observations,
    shadow: Option<Arc<dyn Feed>>,
}

impl<B: Backend> DryRun<B> {
    /// Puts `layer` into `mode`.
    #[must_use]
    pub fn new(layer: B, mode: Mode) -> Self {
        let selection = Selection::new(layer.layer());
        let (mode, observations) = (AtomicMode::new(mode), Observations::default());
        Self { layer, mode, selection, observations, shadow: None }
    }

    /// Tells `shadow` of the calls that this layer refuses. The shadow is the next layer of the protection:
    /// see [`Shadow`].
    #[must_use]
    pub fn with_shadow<S: Backend + 'static>(mut self, shadow: &Arc<Shadow<S>>) -> Self {
        let shadow: Arc<Shadow<S>> = Arc::clone(shadow);
        self.shadow = Some(shadow);
        self
    }

    /// Returns the mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode.get()
    }

    /// Changes the mode for all calls that begin from now on.
    pub fn set_mode(&self, mode: Mode) {
        self.mode.set(mode);
    }

    /// Returns the layer that is in this mode.
    #[must_use]
    pub fn inner(&self) -> &B {
        &self.layer
    }

    /// Returns what is done with `call`: never [`Mode::Share`].
    fn mode_of(&self, call: &Call<'_>) -> Mode {
        match self.mode.get() {
            Mode::Share(share) if self.selection.has(share, call.key()) => Mode::Enforce,
            Mode::Share(_) => Mode::Observe,
            mode => mode,
        }
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide a method")]
impl<B: Backend> Backend for DryRun<B> {
    fn layer(&self) -> &Layer {
        self.layer.layer()
    }

    fn enter(&self, call: &Call<'_>) -> Entry {
        match self.mode_of(call) {
            Mode::Enforce | Mode::Share(_) => {
                let entry = self.layer.enter(call);
                if let (Entry::Refuse(_), Some(shadow)) = (&entry, &self.shadow) {
                    shadow.refused(call);
                }
                entry
            }
            Mode::Observe => Entry::Go(self.observations.ask(&self.layer, call)),
            Mode::Off => Entry::Go(Token::NOT_ENTERED),
        }
    }

    fn poll_start(
        &self,
        token: &mut Token,
        at: Tick,
        now: Tick,
        waker: &Waker,
    ) -> Result<Tick, Refusal> {
        self.layer.poll_start(token, at, now, waker)
    }

    fn expire(&self, token: Option<Token>) {
        self.layer.expire(token);
    }

    fn exit(&self, token: Token, exit: &Exit<'_>) {
        self.observations.end(&self.layer, token, exit);
    }

    fn accepts_extra(&self, call: &Call<'_>) -> bool {
        self.mode_of(call) != Mode::Enforce || self.layer.accepts_extra(call)
    }

    fn status(&self, now: Tick) -> Status {
        let mode = self.mode.get();
        let mut status = self.observations.add_to(self.layer.status(now));
        if mode == Mode::Off {
            status.state = "off";
            status.retry_after = None;
        }
        status.with_gauge("enforced", mode.millionths().into(), "1e-6")
    }
}

crate::__debug! {
    impl[B: Backend] DryRun<B>: self {
        layer: self.layer.layer(),
        mode: self.mode.get(),
        has_shadow: self.shadow.is_some(),
    }
}
