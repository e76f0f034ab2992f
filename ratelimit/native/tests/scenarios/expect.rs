//! The expectations of steps.
//!
//! | clause | meaning |
//! |---|---|
//! | `permit`, `refused(rate_limited)` | the answer to all calls of this step; default: none was refused |
//! | `waits=` | the time until each call starts that took tokens, in ms; `0` for at once |
//! | `retry_after=` | of the last refusal of this step, in ms; `none` |
//! | `remaining=`, `remaining(ann)=` | number of tokens left, without a key or for one |
//! | `next=`, `next(ann)=` | the time until a call of cost 1 would be admitted, in ms |
//! | `keys=` | number of keys kept |
//! | `exhausted=` | number of tokens that this step took by `exhaust` |
//! | `ran=`, `waiting=` | number of functions that ran, since the start; number of waiting calls |
//! | `allowed=`, `denied=` | number of events about admitted calls, and about refused ones |
//! | `total.admitted=`, `.refused=`, `.success=` and other verdicts | since the start |
//! | `invalid=` | by itself: the option because of which no limiter can be started |

use seawall_core::{Backend, KeyStatus, Topic};
use seawall_testkit::scenario::{argument, millis};

use crate::play::Play;

/// Returns the value of `key`, as rows write it.
///
/// # Errors
/// If the key is unknown.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    let bench = play.bench;
    let status = || Backend::status(&bench.limiter, bench.time.now());
    let reading = |name: &str| {
        let reading = status().reading(name).map(|reading| reading.to_string());
        reading.ok_or_else(|| format!("unknown key `{key}`"))
    };
    let of = |part: &str| play.status(&part.split_whitespace().collect::<Vec<_>>());
    match (key, argument(key)) {
        ("waits", _) => Ok(play.waits.join(",")),
        ("retry_after", _) => Ok(play.answers.retry_after()),
        ("remaining", _) => Ok(of("")?.remaining.to_string()),
        ("next", _) => next(&of("")?),
        (_, Some(("remaining", key))) => Ok(of(key)?.remaining.to_string()),
        (_, Some(("next", key))) => next(&of(key)?),
        ("keys", _) => reading("keys"),
        ("exhausted", _) => Ok(play.exhausted.to_string()),
        ("ran", _) => Ok(bench.ran.get().to_string()),
        ("waiting", _) => Ok(play.waiters.len().to_string()),
        ("allowed", _) => Ok(bench.recorder.count(Topic::RequestAllowed).to_string()),
        ("denied", _) => Ok(bench.recorder.count(Topic::RequestDenied).to_string()),
        _ => match key.strip_prefix("total.") {
            Some(name) => reading(name),
            None => Err(format!("unknown key `{key}`")),
        },
    }
}

/// Returns the time until a call would be admitted.
fn next(status: &KeyStatus) -> Result<String, String> {
    match (status.is_allowed, status.retry_after) {
        (true, _) => Ok("0".to_owned()),
        (false, Some(wait)) => Ok(millis(Some(wait))),
        (false, None) => Err("it would never be admitted".to_owned()),
    }
}
