use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Contact, Script, StoreError, StoreKey};

/// Where instances of a service keep what they share.
///
/// A store runs a [`Script`] on the state of one key as one indivisible step, by its own clock.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync {
    /// Returns the kind of store and where it is, without secrets: `redis at db.internal:6379`.
    fn place(&self) -> String;

    /// Contacts the store and looks whether it can serve: that it answers, is a version that works,
    /// permits what scripts do, and is not set up to lose data.
    ///
    /// # Errors
    /// If it cannot serve.
    async fn contact(&self) -> Result<Contact, StoreError>;

    /// Runs `script` on the state of `key` and returns its reply.
    ///
    /// Runs it at most once: after an error it may have run, or may still run later, but this call does
    /// not send it again.
    ///
    /// # Errors
    /// If the store does not answer in time, or refuses.
    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError>;
}

#[async_trait]
impl<S: Store + ?Sized> Store for Arc<S> {
    fn place(&self) -> String {
        (**self).place()
    }

    async fn contact(&self) -> Result<Contact, StoreError> {
        (**self).contact().await
    }

    async fn run(
        &self,
        script: &'static Script,
        key: &StoreKey,
        arguments: &[f64],
    ) -> Result<Vec<f64>, StoreError> {
        (**self).run(script, key, arguments).await
    }
}
