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
/// With `retry`, the body is run again as the policy of the protection says:
/// ```
/// # use seawall::{Error, Infrastructure, protected};
/// # async fn send(card: String) -> Result<u32, std::io::Error> { Ok(card.len() as u32) }
/// #[protected("charge", retry)]
/// async fn charge(infra: &Infrastructure, card: String) -> Result<u32, Error<std::io::Error>> {
///     send(card).await
/// }
/// ```
/// What it was given has to be there again:
/// ```compile_fail,E0277
/// # use seawall::{Error, Infrastructure, protected};
/// # struct Card;
/// #[protected("charge", retry)]
/// async fn charge(infra: &Infrastructure, card: Card) -> Result<u32, Error<std::io::Error>> {
///     Ok(1)
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

/// Says what an operation returns, which the type of an `async` block cannot.
#[doc(hidden)]
pub fn __operation<O, F: Future<Output = O>>(operation: F) -> F {
    operation
}

mod sealed {
    pub trait Output {}

    impl<T, E> Output for Result<T, super::Error<E>> {}
}
