//! What is so after a step.
//!
//! | clause | meaning |
//! |---|---|
//! | `closed`, `open`, … | the state |
//! | `permit`, `refused` | the answer to all calls of this step; default: none was refused |
//! | `n=`, `ok=`, `fail=`, `slow=` | the calls in the rate window |
//! | `rate=60%`, `slow_rate=unknown` | the part of them that failed, or was slow |
//! | `failures=`, `cf=`, `attempt=` | failures within the window, in a row; openings since closed |
//! | `retry_after=` | as the last refusal of this step said, or the status, in ms; `none` |
//! | `total.admitted=`, `.refused=`, `.late=`, `.success=` and other verdicts | since the start |
//! | `changes=`, `cause=` | changes of state that were told, the cause of the last |
//! | `would_open=` | how often it was told that the circuit would have opened |
//! | `alarm=raised`, `alarm=none`, `alarms=` | whether an alarm lasts, how many were raised |
//! | `asked=0,1` | attempts that the function of the reset time was asked for, since last read |
//! | `timers=` | how many wait on the clock |
//! | `other=` | the state of the other breaker |
//! | `texts=` | how many different texts the refusals of this step had |
//! | `heard=` | what the listener read when it was told of changes |
//! | `panics=` | panics of this step that came out |
//! | `invalid=` | by itself: no breaker can be started, because of the option of that name |

use std::collections::BTreeSet;

use seawall_breaker::{BreakerStatus, Refusal, Sample};
use seawall_testkit::scenario::millis;

use crate::command::verdict;
use crate::play::Play;

/// Checks that `word` is true.
///
/// # Errors
/// With what is so instead.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    let asked = &play.asked;
    let is_refused = |told: &Refusal| told.is_circuit_open();
    let is_so = match word {
        "permit" => !asked.is_empty() && asked.iter().all(Option::is_none),
        "refused" => {
            !asked.is_empty() && asked.iter().all(|told| told.as_ref().is_some_and(is_refused))
        }
        _ => {
            let state = play.bench.breaker.status().state;
            return if word == state.as_str() { Ok(()) } else { Err(format!("it is {state}")) };
        }
    };
    if is_so { Ok(()) } else { Err(format!("calls were told {asked:?}")) }
}

/// What `key` stands for, as rows write it.
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
            let refusal = play.asked.iter().flatten().next_back();
            Ok(millis(refusal.map_or(status.retry_after, Refusal::retry_after)))
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

/// What does not stand in the status.
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
            let texts = play.asked.iter().flatten().map(ToString::to_string);
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
