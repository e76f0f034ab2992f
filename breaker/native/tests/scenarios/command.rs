//! The commands of steps.
//!
//! | command | meaning |
//! |---|---|
//! | `S`, `F`, `X` | makes a call that ends at once: a success, a failure, an ignored result |
//! | `S lasting 5s` | the same, and five seconds pass in between |
//! | `O` | an overload; `O asking 30s` asks not to be called for 30 s |
//! | `acquire p` | makes a call called `p`, which keeps its permit |
//! | `done p S` | ends the call |
//! | `drop p` | drops the permit |
//! | `err` | a call returns an error; `err as ignored`: its classifier says so |
//! | `panic` | a call panics |
//! | `trip 5s`, `force_open`, `disable`, `observe`, `reset`, `reconfigure` | manual control |
//! | `attach`, `attach other`, `detach other` | attaches the breaker, or another, to a switch, or detaches it |
//! | `switch force_open`, `switch resume` | turns the switch |
//! | `read` | nothing |

use std::time::Duration;

use seawall_breaker::{Class, Verdict};
use seawall_testkit::scenario::{Time, verdict};

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Call { class: Class, lasting: Duration },
    Acquire(String),
    Done(String, Class),
    Drop(String),
    Error(Option<Verdict>),
    Panic,
    Trip(Duration),
    ForceOpen,
    Disable,
    Observe,
    Reset,
    Reconfigure,
    Attach { other: bool },
    DetachOther,
    SwitchForceOpen,
    SwitchResume,
    Read,
}

/// Reads a command.
///
/// # Errors
/// If the text is not a command.
pub(crate) fn read(text: &str) -> Result<Command, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    Ok(match words[..] {
        ["O", "asking", wait] => {
            Command::Call { class: Class::overload(Some(time(wait)?)), lasting: Duration::ZERO }
        }
        [letter, "lasting", lasting] => {
            Command::Call { class: class(letter)?, lasting: time(lasting)? }
        }
        ["acquire", permit] => Command::Acquire(permit.to_owned()),
        ["done", permit, letter] => Command::Done(permit.to_owned(), class(letter)?),
        ["drop", permit] => Command::Drop(permit.to_owned()),
        ["err"] => Command::Error(None),
        ["err", "as", name] => Command::Error(Some(verdict(name)?)),
        ["panic"] => Command::Panic,
        ["trip", wait] => Command::Trip(time(wait)?),
        ["force_open"] => Command::ForceOpen,
        ["disable"] => Command::Disable,
        ["observe"] => Command::Observe,
        ["reset"] => Command::Reset,
        ["reconfigure"] => Command::Reconfigure,
        ["attach"] => Command::Attach { other: false },
        ["attach", "other"] => Command::Attach { other: true },
        ["detach", "other"] => Command::DetachOther,
        ["switch", "force_open"] => Command::SwitchForceOpen,
        ["switch", "resume"] => Command::SwitchResume,
        ["read"] => Command::Read,
        [letter] => Command::Call { class: class(letter)?, lasting: Duration::ZERO },
        _ => return Err(format!("`{text}` is not a command")),
    })
}

fn class(letter: &str) -> Result<Class, String> {
    Ok(match letter {
        "S" => Verdict::Success.into(),
        "F" => Verdict::Failure.into(),
        "X" => Verdict::Ignored.into(),
        "O" => Class::overload(None),
        _ => return Err(format!("`{letter}` is not how a call ends")),
    })
}

fn time(text: &str) -> Result<Duration, String> {
    text.parse().map(|Time(time)| time)
}
