use std::future::Future;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{Keeper, Kept, LibraryItem, Managed};
use crate::pool::{Manage, TransactBy};
use crate::{Exit, Tick};

/// What a borrower sees of the type `T` that a library lends.
pub trait View<T>: Send + Sync + 'static {
    /// The type that the borrower sees.
    type Resource: 'static;

    /// True if [`renew`](Self::renew) may have something to do.
    const RENEWS: bool = false;

    /// Returns the [`Managed`] that connects, if there is one.
    fn keeper(&self) -> Option<&dyn Keeper> {
        None
    }

    /// Returns the resource in `whole`.
    fn get(whole: &T) -> &Self::Resource;

    /// Returns the resource in `whole`.
    fn get_mut(whole: &mut T) -> &mut Self::Resource;

    /// Checks and resets the resource before a loan, for a library that cannot do that itself.
    /// Returns false if it must be closed.
    fn renew(whole: &mut T) -> impl Future<Output = bool> + Send
    where
        T: Send,
    {
        let _ = whole;
        std::future::ready(true)
    }

    /// Notes the end of a use. Returns false if the resource is known to be broken.
    fn end_use(whole: &mut T, exit: &Exit<'_>) -> bool {
        let _ = (whole, exit);
        true
    }

    /// Closes the resource in `whole`, whose remains the library then drops. Returns false if that
    /// is not possible.
    fn close(whole: &mut T) -> bool {
        let _ = whole;
        false
    }

    /// Ends what a cut use left running, and closes the resource.
    fn cancel(whole: &mut T) -> impl Future<Output = ()> + Send
    where
        T: Send,
    {
        let _ = whole;
        std::future::ready(())
    }

    /// Returns true if the idle resource in `whole` is too old to be lent at `now`.
    fn is_too_old(whole: &T, now: Tick) -> bool {
        let _ = (whole, now);
        false
    }

    /// Takes the resource out of `whole`.
    fn detach(whole: T) -> Self::Resource;
}

/// Shows the whole: the library's pool is the user's own.
#[derive(Clone, Copy, Debug)]
pub struct Itself;

impl<T: 'static> View<T> for Itself {
    type Resource = T;

    fn get(whole: &T) -> &T {
        whole
    }

    fn get_mut(whole: &mut T) -> &mut T {
        whole
    }

    fn detach(whole: T) -> T {
        whole
    }
}

/// Shows the resource inside a [`Kept`].
#[derive(Debug)]
pub struct Inside<M>(Arc<Managed<M>>);

impl<M> Inside<M> {
    /// Creates the view on the resources that `managed` connects.
    #[must_use]
    pub const fn new(managed: Arc<Managed<M>>) -> Self {
        Self(managed)
    }
}

impl<M: Manage> View<Kept<M>> for Inside<M> {
    type Resource = M::Resource;

    const RENEWS: bool = true;

    fn keeper(&self) -> Option<&dyn Keeper> {
        Some(&*self.0)
    }

    fn get(kept: &Kept<M>) -> &M::Resource {
        kept.get()
    }

    fn get_mut(kept: &mut Kept<M>) -> &mut M::Resource {
        kept.get_mut()
    }

    fn renew(kept: &mut Kept<M>) -> impl Future<Output = bool> + Send {
        kept.renew()
    }

    fn end_use(kept: &mut Kept<M>, exit: &Exit<'_>) -> bool {
        kept.end_use(exit)
    }

    fn close(kept: &mut Kept<M>) -> bool {
        kept.close();
        true
    }

    fn cancel(kept: &mut Kept<M>) -> impl Future<Output = ()> + Send {
        kept.cancel()
    }

    fn is_too_old(kept: &Kept<M>, now: Tick) -> bool {
        kept.is_too_old(now)
    }

    fn detach(mut kept: Kept<M>) -> M::Resource {
        kept.take().expect("BUG: a resource is detached that was closed or taken out")
    }
}

impl<M: Manage> TransactBy for Inside<M> {
    type Sql = M;

    fn sql(&self) -> &M {
        self.0.manager()
    }
}

/// An object of a library, through the view `V`.
pub struct Loan<O, V> {
    object: O,
    view: PhantomData<fn() -> V>,
}

impl<O, V> Loan<O, V> {
    /// Wraps what the library has lent.
    pub const fn new(object: O) -> Self {
        Self { object, view: PhantomData }
    }

    /// Returns what the library has lent.
    pub fn into_inner(self) -> O {
        self.object
    }
}

impl<O: DerefMut<Target: Sized>, V: View<O::Target>> Loan<O, V> {
    /// Checks and resets the resource before a loan: see [`View::renew`].
    pub fn renew(&mut self) -> impl Future<Output = bool> + Send
    where
        O::Target: Send,
    {
        V::renew(&mut self.object)
    }

    /// Closes the resource: see [`View::close`].
    pub fn close(&mut self) -> bool {
        V::close(&mut self.object)
    }
}

impl<O, V> LibraryItem for Loan<O, V>
where
    O: DerefMut<Target: Sized + Send> + Send + 'static,
    V: View<O::Target>,
{
    fn end_use(&mut self, exit: &Exit<'_>) -> bool {
        V::end_use(&mut self.object, exit)
    }

    fn cancel(&mut self) -> impl Future<Output = ()> + Send {
        V::cancel(&mut self.object)
    }
}

impl<O: Deref<Target: Sized>, V: View<O::Target>> Deref for Loan<O, V> {
    type Target = V::Resource;

    fn deref(&self) -> &V::Resource {
        V::get(&self.object)
    }
}

impl<O: DerefMut<Target: Sized>, V: View<O::Target>> DerefMut for Loan<O, V> {
    fn deref_mut(&mut self) -> &mut V::Resource {
        V::get_mut(&mut self.object)
    }
}

crate::__debug! { impl[O, V] Loan<O, V> }
