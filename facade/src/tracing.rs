use ::tracing::{Level, event};
use seawall_core::{Detail, Event, Observer, Verdict};

/// Tells [`tracing`] of every event, at the target `seawall`.
///
/// | event | level |
/// |---|---|
/// | a circuit opens, a component is degraded | WARN |
/// | a state changes otherwise, a component starts or recovers | INFO |
/// | an alarm is raised or cleared | INFO |
/// | a call is refused | INFO |
/// | a call was let through, or has ended well | DEBUG |
/// | a call has ended otherwise | INFO |
///
/// The fields are `topic` (`seawall.circuit_breaker.call_rejected`), `name`, and by topic `verdict`,
/// `elapsed_ms`, `refusal`, `retry_after_ms`, `source`, `from`, `to`, `cause`, `cost`, `waited_ms`. `key`
/// is among them only if the driver was asked to tell: [`Driver::with_keys_in_events`].
///
/// [`Driver::with_keys_in_events`]: crate::Driver::with_keys_in_events
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingObserver;

impl Observer for TracingObserver {
    fn observe(&self, about: &Event<'_>) {
        let (topic, name) = (about.topic, about.layer.name().as_str());
        let key = about.key.map(|key| key.reveal());
        macro_rules! say {
            ($level:expr, $($fields:tt)*) => {
                event!(target: "seawall", $level, %topic, name, key, $($fields)*)
            };
        }
        match about.detail {
            Detail::Executed { verdict, timed_out, elapsed, .. } => {
                let elapsed_ms = millis(elapsed);
                let verdict = verdict_name(verdict, timed_out);
                if verdict == Verdict::Success.as_str() {
                    say!(Level::DEBUG, verdict, elapsed_ms, "call ended");
                } else {
                    say!(Level::INFO, verdict, elapsed_ms, "call ended");
                }
            }
            Detail::Allowed { cost, waited, .. } => {
                say!(Level::DEBUG, cost, waited_ms = millis(waited), "request allowed");
            }
            Detail::Refused(refusal) => {
                let retry_after_ms = refusal.retry_after().map(millis);
                let source = std::error::Error::source(refusal).map(ToString::to_string);
                say!(
                    Level::INFO,
                    refusal = refusal.kind().as_str(),
                    retry_after_ms,
                    source,
                    "{refusal}"
                );
            }
            Detail::Changed(change) => {
                let (from, to, cause) = (change.from, change.to, change.cause);
                if to == "open" {
                    say!(Level::WARN, from, to, cause, "{} is open now: {cause}", about.layer);
                } else {
                    say!(Level::INFO, from, to, cause, "{} is {to} now: {cause}", about.layer);
                }
            }
            Detail::Degraded { cause, .. } => {
                let cause = cause.map(ToString::to_string);
                say!(Level::WARN, cause, "{} is degraded", about.layer);
            }
            _ => say!(Level::INFO, "{}: {}", about.layer, topic.name()),
        }
    }
}

fn verdict_name(verdict: Verdict, timed_out: bool) -> &'static str {
    if timed_out { "timed_out" } else { verdict.as_str() }
}

fn millis(time: std::time::Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
