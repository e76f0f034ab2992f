//! The commands of steps.
//!
//! | command | meaning |
//! |---|---|
//! | `take`, `take 5`, `take 5 for ann` | takes tokens, one or five, without a key or for one; a call that would have to wait does not, but its wait is recorded |
//! | `take for ann reports` | the key has two parts |
//! | `call`, `call 5`, `call for ann` | runs a function under the limit, without waiting |
//! | `wait w`, `wait w 2` | makes a call called `w`, which waits for its tokens and then runs a function |
//! | `leave w` | cancels the call |
//! | `exhaust`, `exhaust for ann` | takes all tokens left |
//! | `limit 2` | changes the limit of the rule |
//! | `crowd 8 of 100` | lets eight threads take one token a hundred times each |
//! | `read` | nothing |

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command<'t> {
    Take { cost: u32, key: Vec<&'t str> },
    Call { cost: u32, key: Vec<&'t str> },
    Wait { name: &'t str, cost: u32 },
    Leave(&'t str),
    Exhaust { key: Vec<&'t str> },
    Limit(u32),
    Crowd { threads: u32, times: u32 },
    Read,
}

/// Reads a command.
///
/// # Errors
/// If the text is not a command.
pub(crate) fn read(text: &str) -> Result<Command<'_>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let (words, key) = match words.iter().position(|word| *word == "for") {
        Some(at) => (&words[..at], words[at + 1..].to_vec()),
        None => (&words[..], Vec::new()),
    };
    Ok(match *words {
        ["take"] => Command::Take { cost: 1, key },
        ["take", cost] => Command::Take { cost: number(cost)?, key },
        ["call"] => Command::Call { cost: 1, key },
        ["call", cost] => Command::Call { cost: number(cost)?, key },
        ["wait", name] => Command::Wait { name, cost: 1 },
        ["wait", name, cost] => Command::Wait { name, cost: number(cost)? },
        ["leave", name] => Command::Leave(name),
        ["exhaust"] => Command::Exhaust { key },
        ["limit", limit] => Command::Limit(number(limit)?),
        ["crowd", threads, "of", times] => {
            Command::Crowd { threads: number(threads)?, times: number(times)? }
        }
        ["read"] => Command::Read,
        _ => return Err(format!("`{text}` is not a command")),
    })
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|error| format!("`{text}` is not a number: {error}"))
}
