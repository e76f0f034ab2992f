use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Backend, Call, Counter, Entry, Exit, Status, StripedCounters, Token, Verdict};

/// What an observed layer would have done with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observed {
    /// It admits the call. The token is to be given back at the call's end.
    Admits(Token),
    /// It refuses the call, or makes it wait. It has no token of it.
    Refuses,
    /// It panicked.
    Panicked,
}

/// Asks `layer` for a call that it is not to refuse or to make wait, and notes a change of its state at
/// `call`. What it would take for a start at a later time, it is given back.
pub fn observe(layer: &(impl Backend + ?Sized), call: &Call<'_>) -> Observed {
    match call.at_once(|| catch_unwind(AssertUnwindSafe(|| layer.enter(call)))) {
        Ok(Entry::Go(token)) => Observed::Admits(token),
        Ok(Entry::GoAt(token, _)) => {
            let exit = Exit::at(call.now(), Verdict::Unused).with_cost(call.cost());
            match catch_unwind(AssertUnwindSafe(|| layer.exit(token, &exit))) {
                Ok(()) => Observed::Refuses,
                Err(_) => Observed::Panicked,
            }
        }
        Ok(Entry::AskAt(_) | Entry::Refuse(_) | Entry::Pending(_)) => Observed::Refuses,
        Err(_) => Observed::Panicked,
    }
}

/// Counts what observed layers would have done.
#[derive(Default)]
pub(super) struct Observations(StripedCounters<Counters>);

#[derive(Default)]
struct Counters {
    would_refuse: Counter,
    panics: Counter,
}

impl Observations {
    /// Asks `layer` for a call that goes on in any case, and returns the token that it goes on with.
    pub(super) fn ask(&self, layer: &impl Backend, call: &Call<'_>) -> Token {
        match observe(layer, call) {
            Observed::Admits(token) => return token,
            Observed::Refuses => self.0.local().add(|counters| &counters.would_refuse),
            Observed::Panicked => self.panicked(),
        }
        Token::NOT_ENTERED
    }

    /// Ends a call at `layer`, if the layer admitted it.
    pub(super) fn end(&self, layer: &impl Backend, token: Token, exit: &Exit<'_>) {
        if token != Token::NOT_ENTERED
            && catch_unwind(AssertUnwindSafe(|| layer.exit(token, exit))).is_err()
        {
            self.panicked();
        }
    }

    /// Counts a panic of a layer.
    pub(super) fn panicked(&self) {
        self.0.local().add(|counters| &counters.panics);
    }

    pub(super) fn add_to(&self, status: Status) -> Status {
        let would_refuse = self.0.sum(|counters| counters.would_refuse.get());
        let panics = self.0.sum(|counters| counters.panics.get());
        status.with_counter("would_refuse", would_refuse, "{call}").with_counter(
            "observed_panics",
            panics,
            "{call}",
        )
    }
}
