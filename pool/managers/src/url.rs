/// Reports a URL that cannot be used as a server and login. The URL is never repeated, since it may
/// contain a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a URL of a {server} server: {problem}; expected one like {example}")]
pub struct InvalidUrl {
    pub(crate) server: &'static str,
    pub(crate) problem: String,
    pub(crate) example: &'static str,
}
