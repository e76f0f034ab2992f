use super::Run;

/// The prefix of the expectation that a start fails.
pub(super) const INVALID: &str = "invalid=";

/// Splits an expectation into clauses.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    // The reason may contain semicolons.
    let by_itself = text.starts_with(INVALID);
    text.split(move |c| c == ';' && !by_itself).map(str::trim)
}

/// Checks an expectation.
///
/// # Errors
/// With what is true instead.
pub(super) fn check(text: &str, run: &impl Run) -> Result<(), String> {
    let mut words = Vec::new();
    for clause in clauses(text) {
        match clause.split_once('=') {
            Some((key, expected)) => {
                let actual = run.value(key)?;
                if actual != expected {
                    return Err(format!("{key}={actual}"));
                }
            }
            None => {
                run.is(clause)?;
                words.push(clause);
            }
        }
    }
    run.unsaid(&words)
}
