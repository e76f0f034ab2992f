/// Reports a URL that cannot be used as a server and login. The URL is never repeated, since it may
/// contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a URL of a {server} server: {problem}; expected one like {example}")]
pub struct InvalidUrl {
    server: &'static str,
    problem: String,
    example: &'static str,
}

/// Parses `url`. The error of `parse` is a sentence without any part of the URL.
pub(crate) fn parse<T>(
    url: &str,
    server: &'static str,
    example: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, InvalidUrl> {
    let stray_at =
        "write `@`, `/`, `?` and `#` in a user or password as `%40`, `%2F`, `%3F` and `%23`";
    let parsed = if has_stray_at(url) { Err(stray_at.to_owned()) } else { parse(url) };
    parsed.map_err(|problem| InvalidUrl { server, problem, example })
}

/// Returns true if `url` has an `@` that does not end the login, so that part of a password would be
/// taken for a host, a port or a database.
fn has_stray_at(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    authority.matches('@').count() > 1 || rest.contains('@')
}
