/// A URL that says no server and login. Its text is never repeated, since there may be a password in
/// it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a URL of a {server} server: {problem}; expected one like {example}")]
pub struct InvalidUrl {
    pub(crate) server: &'static str,
    pub(crate) problem: String,
    pub(crate) example: &'static str,
}
