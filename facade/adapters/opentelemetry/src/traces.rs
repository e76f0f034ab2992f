use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{Span, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, time};
use seawall_core::{Detail, Event, Topic, Verdict};
use seawall_telemetry::attribute::{
    ATTEMPT, CAUSE, KIND, PIPELINE, STATE, STATE_FROM, STRATEGY, STRATEGY_TYPE, VERDICT,
};
use seawall_telemetry::event_name;

/// What is made of events in traces: nothing, if it is not wanted.
#[derive(Clone, Default)]
pub(crate) struct Traces {
    adds_events: bool,
    spans: Option<Arc<dyn Spans>>,
}

/// Makes spans, with a tracer of any type.
trait Spans: Send + Sync {
    fn attempt(&self, event: &Event<'_>, verdict: Verdict, took: Duration);
}

struct By<T>(T);

impl Traces {
    pub(crate) fn with_events(&self) -> Self {
        Self { adds_events: true, ..self.clone() }
    }

    pub(crate) fn with_spans<T: Tracer + Send + Sync + 'static>(&self, tracer: T) -> Self {
        Self { spans: Some(Arc::new(By(tracer))), ..self.clone() }
    }

    pub(crate) fn observe(&self, event: &Event<'_>) {
        match (event.topic, &event.detail) {
            (_, &Detail::Executed { verdict, elapsed, waited, .. }) => {
                let is_attempt = matches!(
                    event.topic,
                    Topic::ProtectionExecuted | Topic::ProtectionTimedOut | Topic::AttemptExecuted
                );
                if let (Some(spans), Some(waited), true) = (&self.spans, waited, is_attempt) {
                    spans.attempt(event, verdict, elapsed.saturating_sub(waited));
                }
            }
            // A refusal is an event of its layer; that of the whole call would be the same once more.
            (Topic::ProtectionRejected | Topic::AttemptRejected, Detail::Refused(refusal))
                if refusal.by() != event.layer => {}
            (_, Detail::Allowed { .. }) => {}
            _ => self.add_event(event),
        }
    }

    fn add_event(&self, event: &Event<'_>) {
        if !self.adds_events {
            return;
        }
        Context::map_current(|context| {
            let span = context.span();
            if span.is_recording() {
                span.add_event(event_name(event), attributes(event));
            }
        });
    }
}

impl<T: Tracer + Send + Sync> Spans for By<T> {
    fn attempt(&self, event: &Event<'_>, verdict: Verdict, took: Duration) {
        let ended = time::now();
        let name = event.layer.name().as_str().to_owned();
        let attributes = [
            KeyValue::new(PIPELINE, name.clone()),
            KeyValue::new(ATTEMPT, i64::from(event.attempt.saturating_sub(1))),
            KeyValue::new(VERDICT, verdict.as_str()),
        ];
        let mut span = self
            .0
            .span_builder(name)
            .with_kind(SpanKind::Internal)
            .with_start_time(ended - took)
            .with_attributes(attributes)
            .start(&self.0);
        if !matches!(verdict, Verdict::Success | Verdict::Ignored) {
            span.set_status(Status::error(verdict.as_str()));
        }
        span.end_with_timestamp(ended);
    }
}

/// Returns the attributes of an event in a span.
fn attributes(event: &Event<'_>) -> Vec<KeyValue> {
    let layer = event.layer;
    let mut attributes = vec![
        KeyValue::new(STRATEGY, layer.name().as_str().to_owned()),
        KeyValue::new(STRATEGY_TYPE, layer.component().as_str()),
    ];
    let mut add = |name: &'static str, value: &str| {
        attributes.push(KeyValue::new(name, value.to_owned()));
    };
    if let Some(protection) = event.protection {
        add(PIPELINE, protection.name());
    }
    match &event.detail {
        Detail::Refused(refusal) => add(KIND, refusal.kind().as_str()),
        Detail::Changed(change) => {
            add(STATE_FROM, change.from);
            add(STATE, change.to);
            add(CAUSE, change.cause);
        }
        Detail::Retry { verdict, .. } => add(VERDICT, verdict.as_str()),
        Detail::Fallback { replaced, .. } => add(CAUSE, replaced),
        Detail::NotRetried(reason) => add(CAUSE, reason.as_str()),
        _ => {}
    }
    if event.attempt > 1 {
        let index = i64::from(event.attempt - 1);
        attributes.push(KeyValue::new(ATTEMPT, index));
    }
    attributes
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces")
            .field("adds_events", &self.adds_events)
            .field("makes_spans", &self.spans.is_some())
            .finish()
    }
}
