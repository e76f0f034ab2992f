//! The commands of steps.
//!
//! | command | meaning |
//! |---|---|
//! | `S api`, `F api`, `P api` | makes a call through a protection, which succeeds, returns an error, or panics |
//! | `S api lasting 150ms` | the same; the operation takes this time |
//! | `S api for ann` | the same, counted under that key |
//! | `F api as success` | the same, with a classifier that returns this verdict |
//! | `F inner in outer` | the operation of `outer` is a call through `inner`; each may have its `as` |
//! | `F api*`, `F inner in outer*` | the operation of a protection with a star is made again as its policy says, and what its fallback replaces becomes a success |
//! | `change breaker.api.failures 3` | applies this setting, a number, a flag or a text, over all others |
//! | `reconfigure api reset_after 10s` | sets this option of a breaker, and all others to their defaults |
//! | `reconfigure api limit 8 in 1s` | sets a rate limit to this rule, by fixed windows |

use std::time::Duration;

use seawall::Verdict;
use seawall_testkit::scenario::{Time, verdict};

/// One command.
#[derive(Clone, Debug)]
pub(crate) enum Command<'t> {
    Call(Call<'t>),
    Reconfigure { breaker: &'t str, reset_after: Duration },
    Limit { rule: &'t str, limit: u32, period: Duration },
    Change { key: &'t str, value: &'t str },
}

/// A call through one protection, or through several, the innermost first.
#[derive(Clone, Debug)]
pub(crate) struct Call<'t> {
    pub(crate) end: End,
    pub(crate) lasting: Duration,
    pub(crate) key: Option<&'t str>,
    pub(crate) protections: Vec<Through<'t>>,
}

/// A protection that a call goes through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Through<'t> {
    pub(crate) name: &'t str,
    /// True if the call is made again as the policy says.
    pub(crate) attempts: bool,
    pub(crate) verdict: Option<Verdict>,
}

impl<'t> From<&'t str> for Through<'t> {
    fn from(text: &'t str) -> Self {
        let name = text.strip_suffix('*');
        Self { name: name.unwrap_or(text), attempts: name.is_some(), verdict: None }
    }
}

/// How an operation ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Success,
    Failure,
    Panic,
}

/// Reads a command.
///
/// # Errors
/// If the text is not a command.
pub(crate) fn read(text: &str) -> Result<Command<'_>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
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
        ["change", key, value] => Ok(Command::Change { key, value }),
        [letter, protection, ref rest @ ..] => {
            let mut call = Call {
                end: end(letter)?,
                lasting: Duration::ZERO,
                key: None,
                protections: vec![protection.into()],
            };
            for pair in rest.chunks(2) {
                match *pair {
                    ["lasting", time] => Time(call.lasting) = time.parse()?,
                    ["for", key] => call.key = Some(key),
                    ["in", protection] => call.protections.push(protection.into()),
                    ["as", name] => {
                        let last = call.protections.last_mut().expect("one at least");
                        last.verdict = Some(verdict(name)?);
                    }
                    _ => return Err(format!("`{text}` is not a command")),
                }
            }
            Ok(Command::Call(call))
        }
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
