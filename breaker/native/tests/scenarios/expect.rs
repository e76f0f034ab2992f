//! The expectations of steps.
//!
//! | clause | meaning |
//! |---|---|
//! | `closed`, `open`, … | the state |
//! | `permit`, `refused`, `refused(circuit_open)` | the answer to all calls of this step; default: none was refused |
//! | `n=`, `ok=`, `fail=`, `slow=` | the calls in the rate window |
//! | `rate=60%`, `slow_rate=unknown` | the part of them that failed, or was slow |
//! | `failures=`, `cf=`, `attempt=` | failures within the window, in a row; openings since closed |
//! | `retry_after=` | of the last refusal of this step, or else of the status, in ms; `none` |
//! | `total.admitted=`, `.refused=`, `.late=`, `.success=` and other verdicts | since the start |
//! | `changes=`, `cause=` | number of events about changes of state, the cause of the last |
//! | `would_open=` | number of events that the circuit would have opened |
//! | `alarm=raised`, `alarm=none`, `alarms=` | whether an alarm lasts, how many were raised |
//! | `asked=0,1` | attempts that the function of the reset time was asked for, since last read |
//! | `timers=` | number of sleepers on the clock |
//! | `other=` | the state of the other breaker |
//! | `texts=` | number of different texts the refusals of this step had |
//! | `heard=` | what the listener read at events about changes |
//! | `panics=` | number of panics that callers got in this step |
//! | `invalid=` | by itself: the option because of which no breaker can be started |

use std::collections::BTreeSet;

use seawall_breaker::{BreakerStatus, Sample};
use seawall_testkit::scenario::{millis, verdict};

use crate::play::Play;

/// Checks that `word` is true.
///
/// # Errors
/// With what is true instead.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    if word == "permit" || word.starts_with("refused") {
        return play.answers.all_are(word);
    }
    let state = play.bench.breaker.status().state;
    if word == state.as_str() { Ok(()) } else { Err(format!("it is {state}")) }
}

/// Returns the value of `key`, as rows write it.
///
/// # Errors
/// If the key is unknown.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    let status = &play.bench.breaker.status();
    let sample = || status.sample.ok_or_else(|| "there is no rate".to_owned());
    let count = |count: &dyn Fn(Sample) -> u64| Ok(count(sample()?).to_string());
    match key {
        "n" => count(&|sample| sample.calls),
        "ok" => count(&|sample| sample.calls - sample.failures),
        "fail" => count(&|sample| sample.failures),
        "slow" => count(&|sample| sample.slow),
        "rate" => Ok(percent(sample()?.failure_rate())),
        "slow_rate" => Ok(percent(sample()?.slow_rate())),
        "failures" => Ok(status.failures.to_string()),
        "cf" => match status.consecutive_failures {
            Some(failures) => Ok(failures.to_string()),
            None => Err("there is no rule about failures in a row".to_owned()),
        },
        "attempt" => Ok(status.attempt.to_string()),
        "retry_after" => {
            if play.answers.refusals().is_empty() {
                return Ok(millis(status.retry_after));
            }
            Ok(play.answers.retry_after())
        }
        _ => match key.strip_prefix("total.") {
            Some(key) => total(key, status),
            None => around(key, play),
        },
    }
}

fn total(key: &str, status: &BreakerStatus) -> Result<String, String> {
    let totals = status.calls;
    let total = match key {
        "admitted" => totals.admitted,
        "refused" => totals.refused,
        "late" => totals.late,
        _ => totals.ended(verdict(key)?),
    };
    Ok(total.to_string())
}

/// Returns the values that are not in the status.
fn around(key: &str, play: &Play<'_>) -> Result<String, String> {
    let bench = play.bench;
    let would_open = |change: &seawall_core::Change| change.to == "would_open";
    Ok(match key {
        "changes" => {
            bench.changes().iter().filter(|change| !would_open(change)).count().to_string()
        }
        "would_open" => {
            bench.changes().iter().filter(|change| would_open(change)).count().to_string()
        }
        "cause" => bench.changes().last().map_or("none", |change| change.cause).to_owned(),
        "alarm" => if bench.is_alarmed() { "raised" } else { "none" }.to_owned(),
        "alarms" => bench.alarms().to_string(),
        "asked" => {
            let asked = bench.asked.take();
            asked.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        }
        "timers" => bench.time.sleepers().to_string(),
        "other" => bench.other.status().state.to_string(),
        "texts" => {
            let texts = play.answers.refusals().iter().map(ToString::to_string);
            texts.collect::<BTreeSet<_>>().len().to_string()
        }
        "heard" => bench.listener.heard(),
        "panics" => play.panics.to_string(),
        _ => return Err(format!("unknown key `{key}`")),
    })
}

/// A part of a whole in hundredths, as rows write it: `60%`, `12.5%`, or `unknown`.
fn percent(part: Option<f64>) -> String {
    match part {
        Some(part) => format!("{}%", (part * 1e6).round() / 1e4),
        None => "unknown".to_owned(),
    }
}
