//! The expectations of steps.
//!
//! | clause | meaning |
//! |---|---|
//! | `ok`, `failed`, `panicked`, `timed_out`, `refused(circuit_open)` | how all calls of this step ended |
//! | `retry_after=` | of the last refusal of this step, in ms; `none` |
//! | `ran=`, `finished=` | number of operations of this step that began, and that came to their end |
//! | `took=` | the duration of this step, in ms |
//! | `limit=`, `timeouts=` | the time that the last call of this step was given that timed out, in ms; number of events about timeouts |
//! | `retries=`, `fallbacks=`, `reloads=`, `replaced=` | number of events of this step about them |
//! | `layers(api)=`, `settings(api)=` | the layers of that protection in their order, and its settings that are written |
//! | `state(api)=`, `counted(api)=` | the state of the breaker of that name, and the number of calls that ended under it |
//! | `remaining(api)=`, `remaining(api for ann)=` | number of tokens that the rate limit of that name has left |
//! | `invalid=` | by itself: the whole report of why nothing can be built from the settings |

use seawall::ratelimit::RateLimiter;
use seawall::settings::EffectiveSetting;
use seawall::{Component, Error, Refusal, Status, Topic};
use seawall_testkit::scenario::{argument, millis};

use crate::play::{Play, Told};

/// Checks that all calls of this step ended like `word`.
///
/// # Errors
/// With how they ended.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    let ends: Vec<_> = play.told.iter().map(end).collect();
    if ends.is_empty() || ends.iter().any(|end| end != word) {
        return Err(format!("the calls ended {ends:?}"));
    }
    Ok(())
}

/// Returns how a call ended, as rows write it.
fn end(told: &Option<Told>) -> String {
    match told {
        None => "panicked".to_owned(),
        Some(Ok(())) => "ok".to_owned(),
        Some(Err(Error::Failed(_))) => "failed".to_owned(),
        Some(Err(Error::TimedOut(_))) => "timed_out".to_owned(),
        Some(Err(Error::Refused(refusal))) => format!("refused({})", refusal.kind()),
    }
}

/// Returns the value of `key`, as rows write it.
///
/// # Errors
/// If the key is unknown.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    let refusals = || play.told.iter().flatten().filter_map(|told| told.as_ref().err()?.refusal());
    match (key, argument(key)) {
        ("ran", _) => Ok(play.ran.get().to_string()),
        ("finished", _) => Ok(play.finished.get().to_string()),
        ("took", _) => Ok(millis(Some(play.time.now().since(play.since)))),
        ("limit", _) => {
            let mut limits = play.told.iter().flatten().filter_map(|told| match told {
                Err(Error::TimedOut(elapsed)) => Some(elapsed.limit()),
                _ => None,
            });
            Ok(millis(limits.next_back()))
        }
        ("timeouts", _) => Ok(play.recorder.count(Topic::ProtectionTimedOut).to_string()),
        ("retries", _) => Ok(play.recorder.count(Topic::Retry).to_string()),
        ("fallbacks", _) => Ok(play.recorder.count(Topic::Fallback).to_string()),
        ("reloads", _) => Ok(play.recorder.count(Topic::ConfigReloaded).to_string()),
        ("replaced", _) => Ok(play.recorder.count(Topic::ComponentReplaced).to_string()),
        (_, Some((what @ ("layers" | "settings"), name))) => {
            let plan = play.infra.describe();
            let planned = plan.protections().find(|planned| planned.name() == name);
            let planned = planned.ok_or_else(|| format!("there is no protection `{name}`"))?;
            let layers = planned.layers().map(|(kind, name)| format!("{} {name}", kind.title()));
            let is_set = |setting: &&EffectiveSetting| setting.source().place().is_some();
            let set = planned.settings().iter().filter(is_set);
            Ok(match what {
                "layers" => layers.collect::<Vec<_>>().join(", "),
                _ => set.map(ToString::to_string).collect::<Vec<_>>().join(", "),
            })
        }
        (_, Some(("counted", name))) => {
            let status = status(play, Component::CircuitBreaker, name)?;
            let counted =
                ["success", "failure"].map(|verdict| status.reading(verdict).unwrap_or(0));
            Ok(counted.iter().sum::<u64>().to_string())
        }
        ("retry_after", _) => {
            let wait = refusals().next_back().and_then(Refusal::retry_after);
            Ok(millis(wait))
        }
        (_, Some(("state", name))) => {
            Ok(status(play, Component::CircuitBreaker, name)?.state.to_owned())
        }
        (_, Some(("remaining", name))) => match name.split_once(" for ") {
            None => {
                let status = status(play, Component::RateLimiter, name)?;
                let remaining = status.reading("remaining");
                remaining.map(|left| left.to_string()).ok_or_else(|| status.to_string())
            }
            Some((name, key)) => {
                let limit =
                    play.infra.component::<RateLimiter>(name).map_err(|error| error.to_string())?;
                Ok(limit.status(key).remaining.to_string())
            }
        },
        _ => Err(format!("unknown key `{key}`")),
    }
}

fn status(play: &Play<'_>, component: Component, name: &str) -> Result<Status, String> {
    let mut all = play.infra.components().into_iter();
    let found = all.find(|status| {
        status.layer.component() == component && status.layer.name().as_str() == name
    });
    found.ok_or_else(|| format!("there is no {} `{name}`", component.title()))
}
