//! What steps do.
//!
//! | command | meaning |
//! |---|---|
//! | `S api`, `F api`, `P api` | a call through a protection: it succeeds, returns an error, panics |
//! | `S api for ann` | the same, counted under that key |
//! | `F api as success` | the same, with a classifier that says so |
//! | `reconfigure api reset_after 10s` | a breaker goes on with that, and the defaults for the rest |
//! | `reconfigure api limit 8 in 1s` | a rate limit goes on with that, by fixed windows |

use std::time::Duration;

use seawall::Verdict;
use seawall_testkit::scenario::Time;

/// One thing that is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command<'t> {
    Call { end: End, protection: &'t str, key: Option<&'t str>, verdict: Option<Verdict> },
    Reconfigure { breaker: &'t str, reset_after: Duration },
    Limit { rule: &'t str, limit: u32, period: Duration },
}

/// How a call ends if it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Success,
    Failure,
    Panic,
}

/// Reads a command.
///
/// # Errors
/// If it is none.
pub(crate) fn read(text: &str) -> Result<Command<'_>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let call = |end, protection, key, verdict| {
        Ok(Command::Call { end: self::end(end)?, protection, key, verdict })
    };
    match words[..] {
        ["reconfigure", breaker, "reset_after", time] => {
            let Time(reset_after) = time.parse()?;
            Ok(Command::Reconfigure { breaker, reset_after })
        }
        ["reconfigure", rule, "limit", limit, "in", time] => {
            let Time(period) = time.parse()?;
            let limit = limit.parse().map_err(|error| format!("`{limit}`: {error}"))?;
            Ok(Command::Limit { rule, limit, period })
        }
        [end, protection] => call(end, protection, None, None),
        [end, protection, "for", key] => call(end, protection, Some(key), None),
        [end, protection, "as", name] => call(end, protection, None, Some(verdict(name)?)),
        _ => Err(format!("`{text}` is not a command")),
    }
}

fn end(letter: &str) -> Result<End, String> {
    Ok(match letter {
        "S" => End::Success,
        "F" => End::Failure,
        "P" => End::Panic,
        _ => return Err(format!("`{letter}` is not how a call ends")),
    })
}

fn verdict(name: &str) -> Result<Verdict, String> {
    let found = Verdict::ALL.iter().copied().find(|verdict| verdict.as_str() == name);
    found.ok_or_else(|| format!("`{name}` is not a verdict"))
}
