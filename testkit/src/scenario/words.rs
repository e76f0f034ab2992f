use seawall_core::Verdict;

/// Returns the verdict called `name`.
///
/// # Errors
/// If no verdict has this name.
pub fn verdict(name: &str) -> Result<Verdict, String> {
    let found = Verdict::ALL.iter().copied().find(|verdict| verdict.as_str() == name);
    found.ok_or_else(|| format!("`{name}` is not a verdict"))
}

/// Splits a key with an argument, such as `state(api)`, into `state` and `api`.
#[must_use]
pub fn argument(key: &str) -> Option<(&str, &str)> {
    key.strip_suffix(')')?.split_once('(')
}
