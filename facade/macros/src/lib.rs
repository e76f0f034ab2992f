//! The attribute `#[protected]` of the crate `seawall`, which exports it behind its feature `macros`.

use proc_macro::TokenStream;

mod arguments;
mod expand;
mod inputs;
#[cfg(test)]
mod tests;

/// Runs the body of a function under a protection.
///
/// ```text
/// #[seawall::protected("charge_card", key = ("user", user), deadline = Duration::from_secs(2))]
/// async fn charge(infra: &Infrastructure, user: u64) -> Result<Receipt, Error<ChargeError>> {
///     send(user).await // a `Result<Receipt, ChargeError>`
/// }
/// ```
/// becomes
/// ```text
/// async fn charge(infra: &Infrastructure, user: u64) -> Result<Receipt, Error<ChargeError>> {
///     infra
///         .protect("charge_card")?
///         .key(("user", user))
///         .deadline(Duration::from_secs(2))
///         .run(async || -> Result<Receipt, ChargeError> { send(user).await })
///         .await
/// }
/// ```
/// and nothing else. A function that is not `async` runs by `run_blocking`.
///
/// The first argument is the name of a protection, as a literal, or an expression that is a
/// `seawall::Handle`, as `self.charge_card`. A name is looked up in `infra`, or in what `on = ..` says, as
/// in `on = self.infra`. Each further argument is the method of the call that has its name: `key`, `cost`,
/// `deadline`, `timeout`, `max_wait`, `classify`. Arguments are evaluated once, in the order in which they
/// are written, before the body.
///
/// The function returns `Result<T, seawall::Error<E>>`; its body, and each `return` in it, a `Result<T, E>`.
/// The body is run once, since it may consume what the function was given. With the argument `retry`, the
/// function may be repeated: its body is run by `idempotent().run_attempts`, as the policy of the protection
/// says, and each attempt has a clone of what the function was given. Borrow what is expensive to clone.
///
/// ```text
/// #[seawall::protected("charge_card", retry)]
/// ```
///
/// # Errors
/// It is an error at compile time if an argument is unknown or given twice, if `on` stands beside a handle,
/// or if the function returns `impl Trait` or nothing. With `retry`, also if the function takes `self` by
/// value or an argument by `&mut`, or one that cannot be cloned.
#[proc_macro_attribute]
pub fn protected(arguments: TokenStream, function: TokenStream) -> TokenStream {
    match expand::expand(arguments.into(), function.clone().into()) {
        Ok(expanded) => expanded.into(),
        // The function stays, so that its callers are not reported too.
        Err(error) => TokenStream::from_iter([error.into_compile_error().into(), function]),
    }
}
