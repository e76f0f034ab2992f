use seawall_core::Error;

/// What a function returns that the attribute [`protected`](macro@crate::protected) is on: a
/// `Result<T, Error<E>>`. Sealed.
///
/// ```
/// use seawall::{Error, Infrastructure, protected};
/// use std::num::ParseIntError;
///
/// #[protected("parse", key = ("user", user))]
/// async fn parse(infra: &Infrastructure, user: u64, text: &str) -> Result<u32, Error<ParseIntError>> {
///     Ok(text.parse()?)
/// }
/// ```
/// Another error is refused:
/// ```compile_fail,E0277
/// # use seawall::{Infrastructure, protected};
/// # use std::num::ParseIntError;
/// #[protected("parse")]
/// async fn parse(infra: &Infrastructure, text: &str) -> Result<u32, ParseIntError> {
///     Ok(text.parse()?)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a protected function returns `Result<T, seawall::Error<E>>`, not `{Self}`",
    note = "the body of the function returns `Result<T, E>`"
)]
pub trait ProtectedOutput: sealed::Output {
    /// What the function's body returns: `Result<T, E>`.
    type Operation;
}

impl<T, E> ProtectedOutput for Result<T, Error<E>> {
    type Operation = Result<T, E>;
}

mod sealed {
    pub trait Output {}

    impl<T, E> Output for Result<T, super::Error<E>> {}
}
