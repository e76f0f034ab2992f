//! The expectations of steps.
//!
//! | clause | meaning |
//! |---|---|
//! | `permit`, `refused(bulkhead_full)`, `refused(bulkhead_timeout)` | the answer to all calls of this step; default: none was refused |
//! | `in=a,b` | the calls that were admitted in this step, in order |
//! | `ran=` | number of calls of this step that ran and ended |
//! | `took=` | the duration of this step, in ms |
//! | `max=`, `free=`, `running=`, `waiting=`, `gave_up=` | as the status says; `free(api)=` of the bulkhead of that name |
//! | `events=` | the events so far, by their names |
//! | `invalid=` | by itself: the option because of which no bulkhead can be started |

use seawall_core::Backend;
use seawall_testkit::scenario::{argument, millis};

use crate::bench::ROW;
use crate::play::Play;

/// Returns the value of `key`, as rows write it.
///
/// # Errors
/// If the key is unknown.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    match key {
        "in" => Ok(play.borrowers.served.join(",")),
        "ran" => Ok(play.ran.to_string()),
        "took" => Ok(millis(Some(play.bench.time.now().since(play.since)))),
        "events" => Ok(play.bench.recorder.names().join(",")),
        _ => reading(key, play),
    }
}

fn reading(key: &str, play: &Play<'_>) -> Result<String, String> {
    let (key, name) = match argument(key) {
        Some((key, name)) => (key, name),
        None => (key, ROW),
    };
    let status = play.bench.bulkhead(name)?.status(play.bench.time.now());
    let reading = |name| status.reading(name).ok_or_else(|| format!("`{name}` is not known"));
    let value = match key {
        "max" => reading("max_concurrent"),
        "free" => Ok(reading("max_concurrent")? - reading("running")?),
        _ => reading(key),
    };
    value.map(|value| value.to_string())
}
