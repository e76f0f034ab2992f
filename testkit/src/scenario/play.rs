use std::fmt;

use serde::Deserialize;

use super::at::At;
use super::commands::commands;
use super::expect::{INVALID, check};
use super::row::{Row, Step};
use super::{Run, Subject};
use crate::ManualClock;

/// A step that does not meet its expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The number of the step; the first is 1.
    pub(super) step: usize,
    /// What happened instead.
    pub(super) problem: String,
    says: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}, {}: {}", self.step, self.says, self.problem)
    }
}

/// Plays a row from its first step to its last.
///
/// # Errors
/// With the first step that does not meet its expectation.
pub(super) fn play<S: Subject>(row: &Row) -> Result<(), Fault> {
    let mut from = 0;
    while from < row.steps.len() {
        let others = row.steps[from + 1..].iter();
        let to = from + 1 + others.take_while(|step| step.start.is_none()).count();
        play_one::<S>(row, &row.steps[from..to]).map_err(|(number, problem)| {
            let Step { r#do, expect, .. } = &row.steps[from + number];
            let says = format!("`{do}`, not `{expect}`");
            Fault { step: from + number + 1, problem, says }
        })?;
        from = to;
    }
    Ok(())
}

/// Plays steps with one subject, which the first of them starts.
///
/// # Errors
/// With the index of the step among these, and what happened.
fn play_one<S: Subject>(row: &Row, steps: &[Step]) -> Result<(), (usize, String)> {
    let time = ManualClock::new();
    let first = &steps[0];
    let subject = match start::<S>(row, first, &time).map_err(|problem| (0, problem))? {
        Some(subject) => subject,
        None if steps.len() == 1 => return Ok(()),
        None => return Err((1, "nothing has been started".to_owned())),
    };
    time.advance_to(first.at.unwrap_or(At::ZERO).tick());
    let mut run = subject.run();
    for (number, step) in steps.iter().enumerate() {
        play_step(step, &mut run, &time).map_err(|problem| (number, problem))?;
    }
    Ok(())
}

/// Starts a subject, or fails to start one as expected.
fn start<S: Subject>(row: &Row, first: &Step, time: &ManualClock) -> Result<Option<S>, String> {
    time.advance_to(first.at.unwrap_or(At::ZERO).min(At::ZERO).tick());
    let options = S::Options::deserialize(row.options(first.start.as_ref()))
        .map_err(|error| format!("the options: {error}"))?;
    match (S::start(options, time), first.expect.strip_prefix(INVALID)) {
        (Ok(subject), None) => Ok(Some(subject)),
        (Ok(_), Some(_)) => Err("it has been started".to_owned()),
        (Err(_), Some(_)) if !first.r#do.is_empty() => {
            Err("nothing can be done to what cannot be started".to_owned())
        }
        (Err(reason), Some(expected)) if reason == expected => Ok(None),
        (Err(reason), _) => Err(format!("{INVALID}{reason}")),
    }
}

fn play_step(step: &Step, run: &mut impl Run, time: &ManualClock) -> Result<(), String> {
    if let Some(at) = step.at {
        if time.now() > at.tick() {
            return Err(format!("it is later than {at}"));
        }
        time.advance_to(at.tick());
    }
    run.begin();
    for command in commands(&step.r#do)? {
        run.obey(command)?;
    }
    check(&step.expect, run)
}
