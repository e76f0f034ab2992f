use super::Subject;
use super::expect::clauses;
use super::play::{Fault, play};
use super::row::{Row, Wrong};

/// Checks that each expectation of `row`, made wrong, fails in its step.
///
/// # Errors
/// With the first one that does not.
pub(super) fn each_made_wrong<S: Subject>(row: &Row) -> Result<(), String> {
    for (number, step) in row.steps.iter().enumerate() {
        for (place, clause) in clauses(&step.expect).enumerate() {
            let wrong = wrong::<S>(clause)?;
            let mut clauses: Vec<_> = clauses(&step.expect).collect();
            clauses[place] = &wrong;
            let mut row = row.clone();
            row.steps[number].expect = clauses.join("; ");
            found::<S>(&row, number + 1).map_err(|problem| format!("`{wrong}`: {problem}"))?;
        }
    }
    Ok(())
}

/// Checks that `row` fails where it must, for the given reason.
///
/// # Errors
/// With what happens instead.
pub(super) fn as_said<S: Subject>(row: &Row, wrong: &Wrong) -> Result<(), String> {
    let fault = found::<S>(row, wrong.step)?;
    if fault.problem.contains(&wrong.because) {
        Ok(())
    } else {
        Err(format!("not found because `{}`: {fault}", wrong.because))
    }
}

/// Returns the fault of this step of `row`.
fn found<S: Subject>(row: &Row, step: usize) -> Result<Fault, String> {
    match play::<S>(row) {
        Err(fault) if fault.step == step => Ok(fault),
        Err(fault) => Err(format!("not found where it is: {fault}")),
        Ok(()) => Err(format!("not found in step {step}")),
    }
}

/// Returns a clause that contradicts `clause`.
fn wrong<S: Subject>(clause: &str) -> Result<String, String> {
    Ok(match clause.split_once('=') {
        Some((key, value)) => match value.parse::<u64>() {
            Ok(number) => format!("{key}={}", number.wrapping_add(1)),
            Err(_) => format!("{key}=not {value}"),
        },
        None => match S::otherwise(clause) {
            same if same == clause => return Err(format!("`{clause}` is not otherwise")),
            other => other.to_owned(),
        },
    })
}
