use std::convert::Infallible;

use seawall_core::{BoxError, Error};

/// Decides what a service returns for calls without a response of their own.
pub trait Outcome<R, E> {
    /// The error of the protected service.
    type Error;

    /// Returns what the caller gets of a call that was refused or cut.
    ///
    /// # Errors
    /// If that is an error.
    fn halted(&self, error: Error<Infallible>) -> Result<R, Self::Error>;

    /// Returns the error of a call whose service failed with `error`.
    fn failed(&self, error: E) -> Self::Error;
}

/// Returns an [`Error`], with the service's own error in [`Error::Failed`].
#[derive(Clone, Copy, Debug)]
pub struct AsError;

impl<R, E> Outcome<R, E> for AsError {
    type Error = Error<E>;

    fn halted(&self, error: Error<Infallible>) -> Result<R, Error<E>> {
        Err(error.map_failed(|never| match never {}))
    }

    fn failed(&self, error: E) -> Error<E> {
        Error::Failed(error)
    }
}

/// Returns a box with a `Refusal`, an `Elapsed` or the service's own error in it.
#[derive(Clone, Copy, Debug)]
pub struct Boxed;

impl<R, E: Into<BoxError>> Outcome<R, E> for Boxed {
    type Error = BoxError;

    fn halted(&self, error: Error<Infallible>) -> Result<R, BoxError> {
        Err(error.boxed())
    }

    fn failed(&self, error: E) -> BoxError {
        error.into()
    }
}

/// Returns a response to refused and cut calls, and the service's own error as it is.
#[derive(Clone, Copy, Debug)]
pub struct RespondWith<F>(pub(crate) F);

impl<R, E, F: Fn(Error<Infallible>) -> R> Outcome<R, E> for RespondWith<F> {
    type Error = E;

    fn halted(&self, error: Error<Infallible>) -> Result<R, E> {
        Ok(self.0(error))
    }

    fn failed(&self, error: E) -> E {
        error
    }
}
