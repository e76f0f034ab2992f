//! The commands of steps.
//!
//! | command | meaning |
//! |---|---|
//! | `call` | makes a call, which runs and ends |
//! | `acquire a` | makes a call called `a`, which keeps its permit. It waits for as long as it may, and time passes |
//! | `wait a` | the same, but it waits while other commands are executed |
//! | `acquire a in api` | in the bulkhead of that name |
//! | `done a` | that call ends |
//! | `drop a` | its caller is cancelled, whether it runs or waits |
//! | `pass 10ms` | this much time passes |
//! | `done a & drop b` | both, before any waiter is polled |
//! | `max 2`, `max_wait 0ms` | sets the number of permits, or the maximum wait of later calls |
//! | `read` | nothing |

use std::time::Duration;

use seawall_testkit::scenario::Time;

use crate::bench::ROW;

/// One command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command<'t> {
    Call,
    Acquire { call: &'t str, bulkhead: &'t str },
    Wait { call: &'t str },
    Done(&'t str),
    Drop(&'t str),
    Pass(Duration),
    Max(u32),
    MaxWait(Duration),
    Read,
}

/// Reads a command.
///
/// # Errors
/// If the text is not a command.
pub(crate) fn read(text: &str) -> Result<Command<'_>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    Ok(match words[..] {
        ["call"] => Command::Call,
        ["acquire", call] => Command::Acquire { call, bulkhead: ROW },
        ["acquire", call, "in", bulkhead] => Command::Acquire { call, bulkhead },
        ["wait", call] => Command::Wait { call },
        ["done", call] => Command::Done(call),
        ["drop", call] => Command::Drop(call),
        ["pass", time] => {
            let Time(time) = time.parse()?;
            Command::Pass(time)
        }
        ["max", max] => Command::Max(max.parse().map_err(|error| format!("`{max}`: {error}"))?),
        ["max_wait", time] => {
            let Time(time) = time.parse()?;
            Command::MaxWait(time)
        }
        ["read"] => Command::Read,
        _ => return Err(format!("`{text}` is not a command")),
    })
}
