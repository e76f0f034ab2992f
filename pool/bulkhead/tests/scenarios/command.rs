//! What steps do.
//!
//! | command | meaning |
//! |---|---|
//! | `call` | a call asks, runs, and ends |
//! | `acquire a` | a call asks, and keeps its place under that name. It waits for as long as it may, and time passes |
//! | `wait a` | the same, but it goes on waiting while other things are done |
//! | `acquire a in api` | in the bulkhead of that name |
//! | `done a` | that call ends |
//! | `drop a` | its caller goes away, whether it runs or waits |
//! | `pass 10ms` | so much time passes |
//! | `done a & drop b` | both, before anyone who waits looks |
//! | `read` | nothing |

use std::time::Duration;

use seawall_testkit::scenario::Time;

use crate::bench::ROW;

/// One thing that is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command<'t> {
    Call,
    Acquire { call: &'t str, bulkhead: &'t str },
    Wait { call: &'t str },
    Done(&'t str),
    Drop(&'t str),
    Pass(Duration),
    Read,
}

/// Reads a command.
///
/// # Errors
/// If it is none.
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
        ["read"] => Command::Read,
        _ => return Err(format!("`{text}` is not a command")),
    })
}
