//! The expectations of steps.
//!
//! | clause | meaning |
//! |---|---|
//! | `ready`, `degraded` | the state of the pool |
//! | `lent`, `failed`, `panicked`, `cut`, `refused(pool_full)` and other refusals | how all checkouts and transactions of this step ended; default: none was refused |
//! | `because=` | the source of the last refusal of this step |
//! | `idle=`, `borrowed=`, `size=`, `overflow=`, `waiting=`, `created=`, `closed=`, … | the pool's readings; `idle(other)=` of the other pool; `closed` counts all reasons |
//! | `of(a)=` | the number of the connection that `a` has, from one |
//! | `alive=` | the numbers of the open connections |
//! | `took=` | the duration of this step, in ms |
//! | `error=` | the last error of connecting |
//! | `invalid=` | by itself: the option because of which no pool can be started |

use std::error::Error as _;

use seawall_core::pool::PoolControl as _;
use seawall_testkit::pool::Dummy;
use seawall_testkit::scenario::{argument, millis};

use super::play::Play;
use crate::Pool;

/// Checks that `word` is true.
///
/// # Errors
/// With what is true instead.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    if let "ready" | "degraded" = word {
        let state = play.bench.pool.pool_status().state.as_str();
        return if word == state { Ok(()) } else { Err(format!("it is {state}")) };
    }
    play.borrowers.answers.all_are(word)
}

/// Returns the value of `key`, as rows write it.
///
/// # Errors
/// If the key is unknown.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    let bench = play.bench;
    match (key, argument(key)) {
        ("took", _) => Ok(millis(Some(bench.time.now().since(play.since)))),
        ("because", _) => Ok(play
            .borrowers
            .answers
            .refusals()
            .last()
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
        (_, Some(("of", borrower))) => Ok(play.borrowers.get(borrower)?.id().to_string()),
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
