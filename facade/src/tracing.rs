use std::sync::Arc;
use std::time::Duration;

use ::tracing::{Level, event};
use seawall_core::{Detail, Event, Observer, Topic, error_text};

mod refusals;
mod target;

use self::refusals::Refusals;
use self::target::target;

/// Emits each event through [`tracing`].
///
/// | event | level |
/// |---|---|
/// | once a second and layer, while it refuses calls: how many, at the target `seawall::refusals` | WARN |
/// | a circuit opens, an alarm is raised, a component is degraded or manually controlled, settings are refused | WARN |
/// | any other change of a state, an alarm is cleared, a component starts, is replaced, is removed or recovers, settings are applied | INFO |
/// | a call is admitted, refused, or has ended | DEBUG |
///
/// So at INFO the log does not grow with the load, also when everything is refused. Each topic has a
/// target of its own, which is its name in [`Topic`] with `::` for the dots, so that a filter can part
/// them: `warn,seawall::circuit_breaker::state_change=info,seawall::rate_limiter=debug`.
///
/// The fields are `topic`, `namespace` (if there is one), `name` (of the component), `protection` (where
/// a call through one caused the event), `attempt` (its number, from the second on), and by topic
/// `verdict`, `elapsed_ms`, `refusal`, `retry_after_ms`, `source`, `from`, `to`, `cause`, `sequence`,
/// `cost`, `waited_ms`, `action`, `by`, `reason`, `expires_after_ms`, `wait_ms`, `age_ms`,
/// `version`, `origin`. `key` is among them only with
/// [`Builder::keys_in_events`](crate::Builder::keys_in_events).
///
/// The sum of refusals is emitted with the first event of any kind when its second is over.
#[derive(Clone, Debug)]
pub struct TracingObserver(Arc<Refusals>);

impl TracingObserver {
    /// Creates the observer. Its clones sum refusals up together.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Refusals::new()))
    }
}

impl Default for TracingObserver {
    fn default() -> Self {
        Self::new()
    }
}

/// Emits at the target of the event's topic, which is one of those listed: tracing needs both target
/// and level as constants. Fields are computed only if a subscriber wants the event.
macro_rules! emit {
    ($about:ident, $level:ident, [$($topic:ident)+], $fields:tt) => {
        match $about.topic {
            $(Topic::$topic => emit!(const { target(Topic::$topic) }, $about, $level, $fields),)+
            _ => emit!("seawall", $about, $level, $fields),
        }
    };
    ($target:expr, $about:ident, $level:ident, { $($fields:tt)+ }) => {
        event!(
            target: $target,
            Level::$level,
            topic = %$about.topic,
            namespace = $about.namespace,
            name = $about.layer.name().as_str(),
            protection = $about.protection.map(|layer| layer.name().as_str()),
            key = $about.key.map(|key| key.reveal()),
            attempt = ($about.attempt > 1).then_some($about.attempt),
            $($fields)+
        )
    };
}

impl Observer for TracingObserver {
    fn observe(&self, about: &Event<'_>) {
        let layer = about.layer;
        self.0.sum_up(about.at);
        match about.detail {
            Detail::Executed { verdict, timed_out, elapsed, .. } => {
                let verdict = if timed_out { "timed_out" } else { verdict.as_str() };
                emit!(about, DEBUG, [BreakerExecuted BulkheadExecuted TransactionExecuted
                                     ProtectionExecuted ProtectionTimedOut AttemptExecuted], {
                    verdict, elapsed_ms = millis(elapsed), "call ended"
                });
            }
            Detail::Allowed { cost, waited, .. } => {
                emit!(about, DEBUG, [RequestAllowed BulkheadWaited], {
                    cost, waited_ms = millis(waited), "call admitted"
                });
            }
            Detail::Refused(refusal) => {
                self.0.count(about, refusal);
                emit!(about, DEBUG, [BreakerRejected RequestDenied BulkheadRejected CheckoutTimeout
                                     PoolFull ResourceUnavailable CheckoutRejected
                                     ProtectionRejected AttemptRejected], {
                    refusal = refusal.kind().as_str(),
                    retry_after_ms = refusal.retry_after().map(millis),
                    source = std::error::Error::source(refusal).map(error_text),
                    "{refusal}"
                });
            }
            Detail::Changed(change) => {
                let (from, to, cause, sequence) =
                    (change.from, change.to, change.cause, change.sequence);
                if matches!(to, "open" | "forced_open") {
                    emit!(about, WARN, [BreakerChanged], {
                        from, to, cause, sequence, "{layer} is {to} now: {cause}"
                    });
                } else {
                    emit!(about, INFO, [BreakerChanged], {
                        from, to, cause, sequence, "{layer} is {to} now: {cause}"
                    });
                }
            }
            Detail::Controlled { action, by, reason, expires_after, .. } => {
                emit!(about, WARN, [ControlChanged], {
                    action = action.as_str(), by, reason,
                    expires_after_ms = expires_after.map(millis),
                    "{layer}: {action} by {by}: {reason}"
                });
            }
            Detail::Retry { verdict, wait, .. } => {
                let (verdict, wait_ms) = (verdict.as_str(), millis(wait));
                emit!(about, DEBUG, [Retry], { verdict, wait_ms, "call will be attempted again" });
            }
            Detail::Fallback { replaced, succeeded, .. } => {
                emit!(about, DEBUG, [Fallback], { replaced, succeeded, "fallback used" });
            }
            Detail::Stale { replaced, age, .. } => {
                let age_ms = millis(age);
                emit!(about, DEBUG, [StaleAnswer], { replaced, age_ms, "an old answer was given" });
            }
            Detail::NotRetried(reason) => {
                emit!(about, DEBUG, [RetryExhausted BudgetExhausted RetrySkipped], {
                    reason = reason.as_str(), "call is not attempted again"
                });
            }
            Detail::Lent { elapsed, caller, .. } => {
                let (what, elapsed_ms) = (about.topic.name(), millis(elapsed));
                let caller = caller.to_string();
                emit!(about, WARN, [CheckoutSlow ResourceLeaked], {
                    caller, elapsed_ms, "{layer}: {what}"
                });
            }
            Detail::Degraded { cause, .. } => {
                let cause = cause.map(error_text);
                if about.topic == Topic::BackgroundFailed {
                    emit!(about, WARN, [BackgroundFailed], {
                        cause, "{layer}: it failed, and starts again after a while"
                    });
                } else {
                    emit!(about, WARN, [ComponentDegraded ChecksFailing], {
                        cause, "{layer} is degraded"
                    });
                }
            }
            Detail::Reloaded { version, origin, summary, .. } => {
                emit!(about, INFO, [ConfigReloaded], {
                    version, origin, "version {version} of the settings is in effect: {summary}"
                });
            }
            Detail::Rejected { version, cause, .. } => {
                emit!(about, WARN, [ConfigRejected], {
                    version, "version {version} of the settings goes on: {cause}"
                });
            }
            Detail::Warning(warning) => {
                emit!(about, WARN, [ConfigWarning StoreWarning], { "{warning}" });
            }
            _ => plain(about),
        }
    }
}

/// Emits an event that has no details.
fn plain(about: &Event<'_>) {
    let (layer, what) = (about.layer, about.topic.name());
    match about.topic {
        Topic::Hedge | Topic::HedgeWon => {
            emit!(about, DEBUG, [Hedge HedgeWon], { "{layer}: {what}" });
        }
        Topic::AlarmRaised => emit!(about, WARN, [AlarmRaised], { "{layer}: {what}" }),
        _ => emit!(about, INFO, [AlarmCleared ComponentStarted ComponentReplaced ComponentRemoved
                                ComponentRecovered BackgroundRestarted], {
            "{layer}: {what}"
        }),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
