use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use seawall_core::pool::Stage;
use seawall_core::{Clock, Tick};

use crate::books::Books;
use crate::presence::Presence;
use crate::stage;

/// Watches how far a checkout gets, and since when it has been there.
pub(crate) struct Watch<'a> {
    clock: &'a Clock,
    books: &'a Books,
    stage: Stage,
    /// The stage it was found waiting in, and since when: a checkout that never waits reads no
    /// clock.
    seen: Option<(Stage, Tick)>,
    waiting: Option<Presence<'a>>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(clock: &'a Clock, books: &'a Books) -> Self {
        Self { clock, books, stage: Stage::Waiting, seen: None, waiting: None }
    }

    pub(crate) fn poll<F: Future>(
        &mut self,
        checkout: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let polled = stage::during(&mut self.stage, || checkout.poll(cx));
        if polled.is_pending() && self.seen.is_none_or(|(stage, _)| stage != self.stage) {
            self.seen = Some((self.stage, self.clock.now()));
            self.waiting = (self.stage == Stage::Waiting).then(|| self.books.waiting());
        }
        polled
    }

    /// How far it has got.
    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// How long it has been there at `now`.
    pub(crate) fn since(&self, now: Tick) -> Duration {
        self.seen.map_or(Duration::ZERO, |(_, since)| now.since(since))
    }
}
