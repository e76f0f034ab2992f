use super::Run;

/// What begins the expectation that nothing can be started.
pub(super) const INVALID: &str = "invalid=";

/// The clauses of an expectation.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    // A reason may have semicolons of its own.
    let by_itself = text.starts_with(INVALID);
    text.split(move |c| c == ';' && !by_itself).map(str::trim)
}

/// Is what is expected so?
///
/// # Errors
/// With what is so instead.
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
