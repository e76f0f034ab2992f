//! What is so after a step.
//!
//! | clause | meaning |
//! |---|---|
//! | `ready`, `degraded` | the state of the pool |
//! | `lent`, `failed`, `panicked`, `cut`, `refused(pool_full)` and other refusals | what became of all checkouts and transactions of this step; for want of it, none was refused |
//! | `because=` | the source of the last refusal of this step |
//! | `idle=`, `borrowed=`, `size=`, `overflow=`, `waiting=`, `created=`, `closed=`, … | the pool's readings; `idle(other)=` of the other pool; `closed` is for whatever reason |
//! | `of(a)=` | the number of the connection that `a` has; they are counted from one |
//! | `alive=` | the connections that there are |
//! | `took=` | how long this step took, in ms |
//! | `error=` | the last error that connecting ended with |
//! | `invalid=` | by itself: no pool can be started, because of the option of that name |

use std::error::Error as _;

use seawall_core::pool::PoolControl as _;
use seawall_testkit::pool::Dummy;
use seawall_testkit::scenario::millis;

use super::play::{Play, Told};
use crate::Pool;

/// Is `word` so?
///
/// # Errors
/// With what is so instead.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    if let "ready" | "degraded" = word {
        let state = play.bench.pool.pool_status().state.as_str();
        return if word == state { Ok(()) } else { Err(format!("it is {state}")) };
    }
    let told: Vec<_> = play.told.iter().map(text).collect();
    if told.is_empty() || told.iter().any(|told| told != word) {
        return Err(format!("it came of it: {told:?}"));
    }
    Ok(())
}

/// What became of a checkout or a transaction, as rows write it.
fn text(told: &Told) -> String {
    match told {
        Told::Lent => "lent".to_owned(),
        Told::Failed => "failed".to_owned(),
        Told::Panicked => "panicked".to_owned(),
        Told::Cut => "cut".to_owned(),
        Told::Refused(refusal) => format!("refused({})", refusal.kind()),
    }
}

/// What `key` stands for, as rows write it.
///
/// # Errors
/// If nobody knows.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    let bench = play.bench;
    match (key, key.strip_suffix(')').and_then(|key| key.split_once('('))) {
        ("took", _) => Ok(millis(Some(bench.time.now().since(play.since)))),
        ("because", _) => Ok(play
            .refusals()
            .next_back()
            .and_then(|refusal| refusal.source())
            .map_or_else(|| "none".to_owned(), ToString::to_string)),
        ("error", _) => Ok(bench
            .pool
            .last_connect_error()
            .map_or_else(|| "none".to_owned(), |error| error.to_string())),
        ("alive", _) => {
            let alive: Vec<_> = bench.dummy.alive().iter().map(u64::to_string).collect();
            Ok(alive.join(","))
        }
        (_, Some(("of", borrower))) => Ok(play.lent(borrower)?.id().to_string()),
        (_, Some((key, "other"))) => reading(key, &bench.other, play),
        _ => reading(key, &bench.pool, play),
    }
}

fn reading(key: &str, pool: &Pool<Dummy>, play: &Play<'_>) -> Result<String, String> {
    if key == "closed" {
        return Ok(pool.pool_status().closed.total().to_string());
    }
    let status = seawall_core::pool::Pool::status(pool, play.bench.time.now());
    let reading = status.reading(key).ok_or_else(|| format!("unknown key `{key}`"))?;
    Ok(reading.to_string())
}
