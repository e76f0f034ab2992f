//! What is so after a step.
//!
//! | clause | meaning |
//! |---|---|
//! | `permit`, `refused(bulkhead_full)`, `refused(bulkhead_timeout)` | what all calls of this step were told; for want of it, none was refused |
//! | `in=a,b` | who was let in in this step, in order |
//! | `ran=` | how many calls of this step ran and ended |
//! | `took=` | how long this step took, in ms |
//! | `max=`, `free=`, `running=`, `waiting=`, `gave_up=` | as the status says; `free(api)=` of the bulkhead of that name |
//! | `events=` | the events so far, by their names |
//! | `invalid=` | by itself: no bulkhead can be started, because of the option of that name |

use seawall_core::{Backend, Refusal};
use seawall_testkit::scenario::millis;

use crate::bench::ROW;
use crate::play::Play;

/// Were all calls of this step told `word`?
///
/// # Errors
/// With what they were told.
pub(crate) fn is(word: &str, play: &Play<'_>) -> Result<(), String> {
    let told: Vec<_> = play.told.iter().map(|told| text(told.as_ref())).collect();
    if told.is_empty() || told.iter().any(|told| told != word) {
        return Err(format!("calls were told {told:?}"));
    }
    Ok(())
}

/// What a call was told, as rows write it.
fn text(told: Option<&Refusal>) -> String {
    told.map_or_else(|| "permit".to_owned(), |refusal| format!("refused({})", refusal.kind()))
}

/// What `key` stands for, as rows write it.
///
/// # Errors
/// If nobody knows.
pub(crate) fn value(key: &str, play: &Play<'_>) -> Result<String, String> {
    match key {
        "in" => Ok(play.came_in.join(",")),
        "ran" => Ok(play.ran.to_string()),
        "took" => Ok(millis(Some(play.bench.time.now().since(play.since)))),
        "events" => Ok(play.bench.recorder.names().join(",")),
        _ => reading(key, play),
    }
}

fn reading(key: &str, play: &Play<'_>) -> Result<String, String> {
    let (key, name) = match key.strip_suffix(')').and_then(|key| key.split_once('(')) {
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
