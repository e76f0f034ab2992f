//! What is so after a step.
//!
//! | clause | meaning |
//! |---|---|
//! | `permit`, `refused(rate_limited)` | what all calls of this step were told; for want of it, none was refused |
//! | `waits=` | how long those who took tokens are put off, in ms, one after the other; `0` for not at all |
//! | `retry_after=` | as the last refusal of this step said, in ms; `none` |
//! | `remaining=`, `remaining(ann)=` | the tokens that are left, without a key or for one |
//! | `next=`, `next(ann)=` | how long it takes until a call that costs one would go through, in ms |
//! | `keys=` | how many keys are kept |
//! | `exhausted=` | how many tokens this step took by `exhaust` |
//! | `ran=`, `waiting=` | functions that ran, since the start; calls that wait |
//! | `allowed=`, `denied=` | of how many calls it was told that they were let through, or were not |
//! | `total.admitted=`, `.refused=`, `.success=` and other verdicts | since the start |
//! | `invalid=` | by itself: no limiter can be started, because of the option of that name |

use seawall_core::{Backend, KeyStatus, Refusal, Topic};
use seawall_testkit::scenario::millis;

use crate::play::Play;

/// Was every call of this step told `word`?
///
/// # Errors
/// With what they were told.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    let told: Vec<_> = play.told.iter().map(said).collect();
    if told.is_empty() || told.iter().any(|told| told != word) {
        return Err(format!("the calls were told {told:?}"));
    }
    Ok(())
}

/// What a call was told, as rows write it.
pub(crate) fn said(told: &Result<std::time::Duration, Refusal>) -> String {
    match told {
        Ok(_) => "permit".to_owned(),
        Err(refusal) => format!("refused({})", refusal.kind()),
    }
}

/// What `key` stands for, as rows write it.
///
/// # Errors
/// If nobody knows.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    let bench = play.bench;
    let status = || Backend::status(&bench.limiter, bench.time.now());
    let reading = |name: &str| {
        let reading = status().reading(name).map(|reading| reading.to_string());
        reading.ok_or_else(|| format!("unknown key `{key}`"))
    };
    let of = |part: &str| play.status(&part.split_whitespace().collect::<Vec<_>>());
    match (key, arguments(key)) {
        ("waits", _) => {
            let waits = play.told.iter().flatten().map(|wait| millis(Some(*wait)));
            Ok(waits.collect::<Vec<_>>().join(","))
        }
        ("retry_after", _) => {
            let mut refusals = play.told.iter().filter_map(|told| told.as_ref().err());
            Ok(millis(refusals.next_back().and_then(Refusal::retry_after)))
        }
        ("remaining", _) => Ok(of("")?.remaining.to_string()),
        ("next", _) => next(&of("")?),
        (_, Some(("remaining", key))) => Ok(of(key)?.remaining.to_string()),
        (_, Some(("next", key))) => next(&of(key)?),
        ("keys", _) => reading("keys"),
        ("exhausted", _) => Ok(play.exhausted.to_string()),
        ("ran", _) => Ok(bench.ran.get().to_string()),
        ("waiting", _) => Ok(play.waiting.len().to_string()),
        ("allowed", _) => Ok(bench.recorder.count(Topic::RequestAllowed).to_string()),
        ("denied", _) => Ok(bench.recorder.count(Topic::RequestDenied).to_string()),
        _ => match key.strip_prefix("total.") {
            Some(name) => reading(name),
            None => Err(format!("unknown key `{key}`")),
        },
    }
}

/// The time until a call would go through.
fn next(status: &KeyStatus) -> Result<String, String> {
    match (status.is_allowed, status.retry_after) {
        (true, _) => Ok("0".to_owned()),
        (false, Some(wait)) => Ok(millis(Some(wait))),
        (false, None) => Err("it would never go through".to_owned()),
    }
}

/// The `remaining` and `ann` of `remaining(ann)`.
fn arguments(key: &str) -> Option<(&str, &str)> {
    key.strip_suffix(')')?.split_once('(')
}
