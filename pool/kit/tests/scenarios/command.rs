//! What steps do.
//!
//! | command | meaning |
//! |---|---|
//! | `work` | the background work goes on, as far as it can now; for want of this, there is none |
//! | `take a` | a borrower called `a` checks a connection out. He waits for as long as he may, and time passes |
//! | `try a` | the same, without waiting for a place |
//! | `wait a` | the same as `take a`, but he goes on waiting while other things are done |
//! | `give a` | he gives it back |
//! | `lose a` | his connection is found to be broken as he gives it back |
//! | `leave a` | he goes away while he waits |
//! | `use`, `fail` | a transaction that succeeds, or returns an error |
//! | `panic` | a transaction that panics |
//! | `cut` | a transaction that is dropped in the middle |
//! | `mistake` | a connection of another pool is checked in here |
//! | `down`, `up` | nothing can be connected to; it can again |
//! | `pass 10ms` | so much time passes |
//! | `give a & leave b` | both, before anyone who waits looks |
//! | `read` | nothing |

use std::time::Duration;

use seawall_testkit::scenario::Time;

/// One thing that is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command<'t> {
    Work,
    Take { borrower: &'t str, waits: bool },
    Wait(&'t str),
    Give(&'t str),
    Lose(&'t str),
    Leave(&'t str),
    Transaction(End),
    Mistake,
    Down,
    Up,
    Pass(Duration),
    Read,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Success,
    Failure,
    Panic,
    Cut,
}

/// Reads a command.
///
/// # Errors
/// If it is none.
pub(crate) fn read(text: &str) -> Result<Command<'_>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    Ok(match words[..] {
        ["work"] => Command::Work,
        ["take", borrower] => Command::Take { borrower, waits: true },
        ["try", borrower] => Command::Take { borrower, waits: false },
        ["wait", borrower] => Command::Wait(borrower),
        ["give", borrower] => Command::Give(borrower),
        ["lose", borrower] => Command::Lose(borrower),
        ["leave", borrower] => Command::Leave(borrower),
        ["use"] => Command::Transaction(End::Success),
        ["fail"] => Command::Transaction(End::Failure),
        ["panic"] => Command::Transaction(End::Panic),
        ["cut"] => Command::Transaction(End::Cut),
        ["mistake"] => Command::Mistake,
        ["down"] => Command::Down,
        ["up"] => Command::Up,
        ["pass", time] => {
            let Time(time) = time.parse()?;
            Command::Pass(time)
        }
        ["read"] => Command::Read,
        _ => return Err(format!("`{text}` is not a command")),
    })
}
