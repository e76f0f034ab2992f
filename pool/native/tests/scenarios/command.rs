//! The commands of steps.
//!
//! | command | meaning |
//! |---|---|
//! | `work` | does the background work that can be done now; it is done only by this |
//! | `take a` | checks out a connection for a borrower called `a`, waiting for as long as it may, and time passes |
//! | `try a` | the same, without waiting for a place |
//! | `wait a` | the same as `take a`, but it waits while other commands are executed |
//! | `give a` | gives the connection of `a` back |
//! | `lose a` | the connection of `a` is found to be broken as it is given back |
//! | `leave a` | cancels the waiting checkout of `a` |
//! | `use`, `fail` | a transaction that succeeds, or returns an error |
//! | `panic` | a transaction that panics |
//! | `cut` | a transaction that is dropped in the middle |
//! | `mistake` | a connection of another pool is checked in here |
//! | `down`, `up` | nothing can be connected to; it can again |
//! | `pass 10ms` | this much time passes |
//! | `give a & leave b` | both, before any waiter is polled |
//! | `read` | nothing |

use std::time::Duration;

use seawall_testkit::scenario::Time;

/// One command.
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
/// If the text is not a command.
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
