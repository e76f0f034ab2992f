//! What is so after a step, separated by semicolons.
//!
//! | clause | meaning |
//! |---|---|
//! | `ok`, `failed`, `panicked`, `refused(circuit_open)` | what became of all calls of this step |
//! | `retry_after=` | as the last refusal of this step said, in ms; `none` |
//! | `ran=` | how many operations of this step ran |
//! | `state(api)=` | the state of the breaker of that name |
//! | `remaining(api)=`, `remaining(api for ann)=` | what the rate limit of that name has left |
//! | `invalid=` | by itself: nothing can be built from the settings, and that is the whole report |

use seawall::{Component, Error, Refusal, Status};

use crate::play::{Run, Told};

/// What begins the report of bad settings.
pub(crate) const INVALID: &str = "invalid=";

/// The clauses of an expectation.
pub(crate) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    // Reports have semicolons of their own.
    let by_itself = text.starts_with(INVALID);
    text.split(move |c| c == ';' && !by_itself).map(str::trim)
}

/// Is what is expected so?
///
/// # Errors
/// With what is so instead.
pub(crate) fn check(text: &str, run: &Run) -> Result<(), String> {
    let mut is_told = run.told.is_empty();
    for clause in clauses(text) {
        match clause.split_once('=') {
            Some((key, expected)) => {
                let actual = value(key, run)?;
                if actual != expected {
                    return Err(format!("{key}={actual}"));
                }
            }
            None => {
                let ends: Vec<_> = run.told.iter().map(end).collect();
                if ends.is_empty() || ends.iter().any(|end| end != clause) {
                    return Err(format!("the calls ended {ends:?}"));
                }
                is_told = true;
            }
        }
    }
    if is_told { Ok(()) } else { Err("it is not said what became of the calls".to_owned()) }
}

/// What became of a call, as rows write it.
fn end(told: &Option<Told>) -> String {
    match told {
        None => "panicked".to_owned(),
        Some(Ok(())) => "ok".to_owned(),
        Some(Err(Error::Failed(_))) => "failed".to_owned(),
        Some(Err(Error::TimedOut(_))) => "timed_out".to_owned(),
        Some(Err(Error::Refused(refusal))) => format!("refused({})", refusal.kind()),
    }
}

/// What `key` stands for, as rows write it.
fn value(key: &str, run: &Run) -> Result<String, String> {
    let refusals = || run.told.iter().flatten().filter_map(|told| told.as_ref().err()?.refusal());
    match (key, arguments(key)) {
        ("ran", _) => Ok(run.ran.get().to_string()),
        ("retry_after", _) => {
            let wait = refusals().next_back().and_then(Refusal::retry_after);
            Ok(wait.map_or_else(|| "none".to_owned(), |wait| wait.as_millis().to_string()))
        }
        (_, Some(("state", name))) => {
            Ok(status(run, Component::CircuitBreaker, name)?.state.to_owned())
        }
        (_, Some(("remaining", name))) => match name.split_once(" for ") {
            None => {
                let status = status(run, Component::RateLimiter, name)?;
                let remaining = status.reading("remaining");
                remaining.map(|left| left.to_string()).ok_or_else(|| status.to_string())
            }
            Some((name, key)) => {
                let limit = run.infra.rate_limiter(name).map_err(|error| error.to_string())?;
                Ok(limit.key_status(key).remaining.to_string())
            }
        },
        _ => Err(format!("nobody knows what `{key}` is")),
    }
}

/// The `state` and `api` of `state(api)`.
fn arguments(key: &str) -> Option<(&str, &str)> {
    key.strip_suffix(')')?.split_once('(')
}

fn status(run: &Run, component: Component, name: &str) -> Result<Status, String> {
    let mut all = run.infra.components().into_iter();
    let found = all.find(|status| {
        status.layer.component() == component && status.layer.name().as_str() == name
    });
    found.ok_or_else(|| format!("there is no {} `{name}`", component.title()))
}
