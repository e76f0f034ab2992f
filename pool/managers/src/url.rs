/// Reports a URL that cannot be used as a server and login. The URL is never repeated, since it may
/// contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a URL of a {server} server: {problem}; expected one like {example}")]
pub struct InvalidUrl {
    pub(crate) server: &'static str,
    pub(crate) problem: String,
    pub(crate) example: &'static str,
}

/// Returns true if `url` has an `@` that does not end the login, so that part of a password would be
/// taken for a host, a port or a database.
pub(crate) fn has_stray_at(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    authority.matches('@').count() > 1 || rest.contains('@')
}

/// The problem of a URL that [`has_stray_at`].
pub(crate) const STRAY_AT: &str =
    "write `@`, `/`, `?` and `#` in a user or password as `%40`, `%2F`, `%3F` and `%23`";
