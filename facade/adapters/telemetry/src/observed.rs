use std::array;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_core::{
    Component, Counter, Detail, Event, Layer, Observer, RefusalKind, StripedCounters, Topic,
    Verdict,
};

use crate::attribute::{
    ATTEMPT, Attribute, Attributes, ERROR, EVENT, KIND, NAMESPACE, OTHER, OUTCOME, PIPELINE,
    STRATEGY, VERDICT, fixed, named, of_layer,
};
use crate::bounded::Bounded;
use crate::outcome::Outcome;
use crate::{Instrument, MAX_NAMES, Sample, rare, table};

/// Makes the histograms of an exporter. Each series is made once, at its first use.
pub trait Histograms: Send + Sync {
    /// One series.
    type Histogram: Send + Sync;

    /// Makes a series of `instrument`.
    fn histogram(&self, instrument: &'static Instrument, attributes: Attributes)
    -> Self::Histogram;

    /// Records a value in seconds.
    fn record(histogram: &Self::Histogram, seconds: f64);
}

/// An observer that counts calls, refusals and rare events, and records durations. Only the first event of
/// a series allocates; no event waits for a lock.
pub struct Observed<H: Histograms> {
    histograms: H,
    protections: Bounded<OfCall, Protection<H>>,
    layers: Bounded<OfLayer, OneLayer<H>>,
    events: Bounded<rare::Kept, OneEvent>,
}

/// A protection, in a namespace.
type OfCall = (Layer, Option<Box<str>>);
/// A layer, in a protection and a namespace.
type OfLayer = (Layer, Option<Layer>, Option<Box<str>>);

/// Values of the number of an attempt.
const ATTEMPTS: [&str; 3] = ["0", "1", "2+"];

type Series<H, const N: usize> = [OnceLock<<H as Histograms>::Histogram>; N];

struct Protection<H: Histograms> {
    base: Attributes,
    calls: StripedCounters<Counters<{ Outcome::COUNT }>>,
    durations: Series<H, { Outcome::RAN }>,
    attempts: [Series<H, { Verdict::ALL.len() }>; ATTEMPTS.len()],
}

struct OneLayer<H: Histograms> {
    base: Attributes,
    refusals: StripedCounters<Counters<{ RefusalKind::ALL.len() }>>,
    waits: OnceLock<H::Histogram>,
    /// Of a pool: the others count their calls themselves.
    uses: Option<Box<Uses<H>>>,
}

struct Uses<H: Histograms> {
    ended: StripedCounters<Counters<{ Verdict::ALL.len() }>>,
    waits: OnceLock<H::Histogram>,
    times: OnceLock<H::Histogram>,
}

struct OneEvent {
    attributes: Attributes,
    count: AtomicU64,
}

#[derive(Debug)]
struct Counters<const N: usize>([Counter; N]);

impl<const N: usize> Default for Counters<N> {
    fn default() -> Self {
        Self(array::from_fn(|_| Counter::default()))
    }
}

impl<H: Histograms> Observed<H> {
    /// Creates an observer that has seen nothing.
    pub fn new(histograms: H) -> Self {
        Self {
            histograms,
            protections: Bounded::new(MAX_NAMES),
            layers: Bounded::new(MAX_NAMES),
            events: Bounded::new(4 * MAX_NAMES),
        }
    }

    /// Returns what makes its histograms.
    pub const fn histograms(&self) -> &H {
        &self.histograms
    }

    /// Returns what was counted.
    pub fn samples(&self) -> Vec<Sample> {
        let mut samples = Vec::new();
        for protection in self.protections.values() {
            for outcome in Outcome::all() {
                let count = protection.calls.sum(|calls| calls.0[outcome.index()].get());
                // All ends of calls that ran are there from the start, so that their rates are known.
                if count > 0
                    || matches!(outcome, Outcome::Ended(Verdict::Success | Verdict::Failure))
                {
                    let error = outcome.error().map(|error| fixed(ERROR, error));
                    let more = [fixed(OUTCOME, outcome.as_str())].into_iter().chain(error);
                    let attributes = with(&protection.base, more);
                    samples.push(Sample::count(&table::CALLS, count, attributes));
                }
            }
        }
        for layer in self.layers.values() {
            layer.read(&mut samples);
        }
        for event in self.events.values() {
            let count = event.count.load(Ordering::Relaxed);
            samples.push(Sample::count(&table::EVENTS, count, event.attributes.clone()));
        }
        samples
    }

    fn protection(&self, event: &Event<'_>) -> &Protection<H> {
        let (layer, namespace) = (event.layer, event.namespace);
        self.protections.get(
            (layer, namespace),
            |(kept, of)| kept == layer && of.as_deref() == namespace,
            |is_other| {
                let name = if is_other { OTHER } else { layer.name().as_str() };
                let base = named(PIPELINE, name);
                let base = [base].into_iter().chain(namespace.map(|name| named(NAMESPACE, name)));
                ((layer.clone(), namespace.map(Box::from)), Protection::new(base.collect()))
            },
        )
    }

    fn layer(&self, event: &Event<'_>) -> &OneLayer<H> {
        let Event { layer, protection, namespace, .. } = *event;
        self.layers.get(
            (layer, protection, namespace),
            |(kept, of, within)| {
                kept == layer && of.as_ref() == protection && within.as_deref() == namespace
            },
            |is_other| {
                let key = (layer.clone(), protection.cloned(), namespace.map(Box::from));
                let pool = layer.component() == Component::ConnectionPool && !is_other;
                (key, OneLayer::new(pool, if is_other { other() } else { base(event) }))
            },
        )
    }

    fn count(&self, event: &Event<'_>) {
        let rare = rare::Rare::new(event);
        let one = self.events.get(
            &rare,
            |kept| kept.is(&rare),
            |is_other| {
                let attributes = match is_other {
                    true => with(&other(), [fixed(EVENT, OTHER)]),
                    false => with(&base(event), rare.attributes()),
                };
                (rare.keep(), OneEvent { attributes, count: AtomicU64::new(0) })
            },
        );
        one.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Records a value in a series, which is made at its first use.
    fn record(
        &self,
        series: &OnceLock<H::Histogram>,
        instrument: &'static Instrument,
        seconds: f64,
        attributes: impl FnOnce() -> Attributes,
    ) {
        let histogram = series.get_or_init(|| self.histograms.histogram(instrument, attributes()));
        H::record(histogram, seconds);
    }

    fn attempt_ended(&self, event: &Event<'_>, of: &Protection<H>, verdict: Verdict, took: f64) {
        let attempt = usize::try_from(event.attempt.saturating_sub(1)).unwrap_or(2).min(2);
        let series = &of.attempts[attempt][verdict.index()];
        self.record(series, &table::ATTEMPT_DURATION, took, || {
            let more = [fixed(VERDICT, verdict.as_str()), fixed(ATTEMPT, ATTEMPTS[attempt])];
            with(&of.base, more)
        });
    }
}

impl<H: Histograms> Observer for Observed<H> {
    fn observe(&self, event: &Event<'_>) {
        match (event.topic, &event.detail) {
            // Components count these themselves.
            (Topic::BreakerExecuted | Topic::BulkheadExecuted | Topic::AttemptRejected, _) => {}
            (
                topic @ (Topic::ProtectionExecuted
                | Topic::ProtectionTimedOut
                | Topic::AttemptExecuted),
                &Detail::Executed { verdict, timed_out, elapsed, waited, .. },
            ) => {
                let of = self.protection(event);
                if topic != Topic::AttemptExecuted {
                    let outcome = Outcome::new(verdict, timed_out);
                    of.count(outcome);
                    let series = &of.durations[outcome.index()];
                    self.record(series, &table::CALL_DURATION, elapsed.as_secs_f64(), || {
                        with(&of.base, [fixed(OUTCOME, outcome.as_str())])
                    });
                }
                if let Some(waited) = waited {
                    let took = elapsed.saturating_sub(waited).as_secs_f64();
                    self.attempt_ended(event, of, verdict, took);
                }
            }
            (Topic::ProtectionRejected, Detail::Refused(refusal)) => {
                self.protection(event).count(Outcome::Refused(refusal.kind()));
            }
            (Topic::RequestAllowed | Topic::BulkheadWaited, Detail::Allowed { waited, .. }) => {
                if !waited.is_zero() {
                    let of = self.layer(event);
                    let base = || of.base.clone();
                    self.record(&of.waits, &table::WAIT_DURATION, waited.as_secs_f64(), base);
                }
            }
            (Topic::TransactionExecuted, &Detail::Executed { verdict, elapsed, waited, .. }) => {
                let of = self.layer(event);
                let Some(uses) = &of.uses else { return };
                uses.ended.local().add(|ended| &ended.0[verdict.index()]);
                let base = || of.base.clone();
                self.record(&uses.times, &table::POOL_USE_TIME, elapsed.as_secs_f64(), base);
                if let Some(waited) = waited {
                    self.record(&uses.waits, &table::POOL_WAIT_TIME, waited.as_secs_f64(), base);
                }
            }
            (_, Detail::Refused(refusal)) => {
                let kind = refusal.kind().index();
                self.layer(event).refusals.local().add(|refusals| &refusals.0[kind]);
            }
            _ => self.count(event),
        }
    }
}

impl<H: Histograms> Protection<H> {
    fn new(base: Attributes) -> Self {
        Self {
            base,
            calls: StripedCounters::default(),
            durations: series(),
            attempts: array::from_fn(|_| series()),
        }
    }

    fn count(&self, outcome: Outcome) {
        self.calls.local().add(|calls| &calls.0[outcome.index()]);
    }
}

impl<H: Histograms> OneLayer<H> {
    fn new(is_pool: bool, base: Attributes) -> Self {
        let uses = || {
            let ended = StripedCounters::default();
            Box::new(Uses { ended, waits: OnceLock::new(), times: OnceLock::new() })
        };
        Self {
            base,
            refusals: StripedCounters::default(),
            waits: OnceLock::new(),
            uses: is_pool.then(uses),
        }
    }

    fn read(&self, samples: &mut Vec<Sample>) {
        let refused = |kind: RefusalKind| self.refusals.sum(|all| all.0[kind.index()].get());
        for kind in RefusalKind::ALL.iter().filter(|kind| refused(**kind) > 0) {
            let attributes = with(&self.base, [fixed(KIND, kind.as_str())]);
            samples.push(Sample::count(&table::REFUSALS, refused(*kind), attributes));
        }
        let Some(uses) = &self.uses else { return };
        for verdict in Verdict::ALL {
            let count = uses.ended.sum(|ended| ended.0[verdict.index()].get());
            let attributes = with(&self.base, [fixed(OUTCOME, verdict.as_str())]);
            samples.push(Sample::count(&table::LAYER_CALLS, count, attributes));
        }
        let all = RefusalKind::ALL.iter().map(|kind| refused(*kind)).sum();
        let attributes = with(&self.base, [fixed(OUTCOME, "refused")]);
        samples.push(Sample::count(&table::LAYER_CALLS, all, attributes));
        let timeouts = refused(RefusalKind::CheckoutTimeout);
        samples.push(Sample::count(&table::POOL_TIMEOUTS, timeouts, self.base.clone()));
    }
}

fn series<T, const N: usize>() -> [OnceLock<T>; N] {
    array::from_fn(|_| OnceLock::new())
}

fn with(base: &Attributes, more: impl IntoIterator<Item = Attribute>) -> Attributes {
    base.iter().cloned().chain(more).collect()
}

/// Returns the attributes of what happened at a layer.
fn base(event: &Event<'_>) -> Attributes {
    let pipeline = event.protection.map(|protection| named(PIPELINE, protection.name().as_str()));
    of_layer(event.layer, event.namespace).into_iter().chain(pipeline).collect()
}

/// Returns the attributes that layers beyond the bound share.
fn other() -> Attributes {
    vec![fixed(STRATEGY, OTHER)]
}
