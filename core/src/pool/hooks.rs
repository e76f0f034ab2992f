use std::fmt;

use super::{Manage, TransactBy};
use crate::BoxFuture;

type Hook<M> = Box<
    dyn for<'r> Fn(
            &'r mut <M as Manage>::Resource,
        ) -> BoxFuture<'r, Result<(), <M as Manage>::Error>>
        + Send
        + Sync,
>;

/// A manager with hooks that run after a connect, before each loan, and after each return.
///
/// ```
/// # use seawall_core::pool::{Hooks, Manage};
/// # fn example<M: Manage<Resource = String>>(manager: M) -> impl Manage<Resource = String> {
/// Hooks::new(manager)
///     .after_connect(|connection| Box::pin(async move {
///         connection.push_str("SET application_name = 'orders'");
///         Ok(())
///     }))
///     .before_checkout(|connection| Box::pin(async move {
///         connection.push_str("SET statement_timeout = '5s'");
///         Ok(())
///     }))
/// # }
/// ```
///
/// A hook that fails has its resource closed: after a connect, the connect has failed with its error;
/// otherwise another resource is lent. Each hook has the time of the step that it belongs to, and
/// allocates its future.
pub struct Hooks<M: Manage> {
    manager: M,
    after_connect: Option<Hook<M>>,
    before_checkout: Option<Hook<M>>,
    after_return: Option<Hook<M>>,
}

impl<M: Manage> Hooks<M> {
    /// Adds no hooks to `manager`.
    pub const fn new(manager: M) -> Self {
        Self { manager, after_connect: None, before_checkout: None, after_return: None }
    }

    /// Runs `hook` on each new resource, within `connect_timeout`.
    #[must_use]
    pub fn after_connect<H>(mut self, hook: H) -> Self
    where
        H: for<'r> Fn(&'r mut M::Resource) -> BoxFuture<'r, Result<(), M::Error>>,
        H: Send + Sync + 'static,
    {
        self.after_connect = Some(Box::new(hook));
        self
    }

    /// Runs `hook` before each loan, within `check_timeout`, also of a resource that is not checked.
    #[must_use]
    pub fn before_checkout<H>(mut self, hook: H) -> Self
    where
        H: for<'r> Fn(&'r mut M::Resource) -> BoxFuture<'r, Result<(), M::Error>>,
        H: Send + Sync + 'static,
    {
        self.before_checkout = Some(Box::new(hook));
        self
    }

    /// Runs `hook` after each return, when the manager has reset the resource, within `check_timeout`.
    #[must_use]
    pub fn after_return<H>(mut self, hook: H) -> Self
    where
        H: for<'r> Fn(&'r mut M::Resource) -> BoxFuture<'r, Result<(), M::Error>>,
        H: Send + Sync + 'static,
    {
        self.after_return = Some(Box::new(hook));
        self
    }

    /// Returns the manager.
    pub const fn get_ref(&self) -> &M {
        &self.manager
    }
}

#[deny(clippy::missing_trait_methods, reason = "a default must not hide what the manager does")]
impl<M: Manage> Manage for Hooks<M> {
    type Resource = M::Resource;
    type Error = M::Error;

    async fn create(&self) -> Result<M::Resource, M::Error> {
        let mut resource = self.manager.create().await?;
        if let Some(hook) = &self.after_connect {
            hook(&mut resource).await?;
        }
        Ok(resource)
    }

    async fn check(&self, resource: &mut M::Resource) -> Result<(), M::Error> {
        self.manager.check(resource).await
    }

    async fn reset(&self, resource: &mut M::Resource) -> Result<(), M::Error> {
        self.manager.reset(resource).await?;
        match &self.after_return {
            Some(hook) => hook(resource).await,
            None => Ok(()),
        }
    }

    async fn prepare(&self, resource: &mut M::Resource) -> Result<(), M::Error> {
        self.manager.prepare(resource).await?;
        match &self.before_checkout {
            Some(hook) => hook(resource).await,
            None => Ok(()),
        }
    }

    fn is_broken(&self, resource: &M::Resource) -> bool {
        self.manager.is_broken(resource)
    }

    async fn close(&self, resource: M::Resource) {
        self.manager.close(resource).await;
    }

    async fn cancel(&self, resource: M::Resource) {
        self.manager.cancel(resource).await;
    }
}

impl<M: Manage> TransactBy for Hooks<M> {
    type Sql = M;

    fn sql(&self) -> &M {
        &self.manager
    }
}

crate::__debug! { impl[M: Manage + fmt::Debug] Hooks<M>: self { manager: self.manager } }
