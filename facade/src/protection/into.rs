use std::future::Future;

use seawall_core::{ByResult, Classify, Error, NoKey};

use super::{Handle, ProtectedCall};
use crate::Infrastructure;

/// What [`execute_protected`](Infrastructure::execute_protected) takes: a protection by its name or by
/// a [`Handle`], or up to four of them, as a tuple or an array.
///
/// Several protections are nested: the first is the outermost, and runs the call under the second as
/// its operation. Each has its own timeout and deadline, and its own events. A refusal by an inner one
/// is returned as it is and counts against nothing; tokens that the outer ones took are spent. No two
/// of them should have a component in common: the call would take from it twice, or wait for itself.
///
/// `T` and `E` are the value and the error of the operation. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no protection for an operation that returns `Result<{T}, {E}>`",
    note = "a protection is a name (`&str`), a `&seawall::Handle` whose classifier fits the result, or a \
            tuple or an array of two to four of these"
)]
pub trait IntoProtection<T, E>: sealed::Run<T, E> {}

impl<P: sealed::Run<T, E>, T, E> IntoProtection<T, E> for P {}

mod sealed {
    use super::{Error, Future, Infrastructure, NoKey, ProtectedCall};

    /// One protection, by its name or by a handle.
    pub trait Describe {
        type Classifier;

        /// Describes a call; one that is refused if the protection is unknown or closed.
        fn describe<'i>(
            self,
            infra: &'i Infrastructure,
        ) -> ProtectedCall<'i, NoKey, Self::Classifier>
        where
            Self: 'i;
    }

    pub trait Run<T, E> {
        fn run<'i, O: Future<Output = Result<T, E>>>(
            self,
            infra: &'i Infrastructure,
            op: impl FnOnce() -> O,
        ) -> impl Future<Output = Result<T, Error<E>>>
        where
            Self: 'i;

        fn run_blocking<'i>(
            self,
            infra: &'i Infrastructure,
            op: impl FnOnce() -> Result<T, E>,
        ) -> Result<T, Error<E>>
        where
            Self: 'i;
    }
}

use self::sealed::Describe;

impl Describe for &str {
    type Classifier = ByResult;

    #[inline(always)]
    fn describe<'i>(self, infra: &'i Infrastructure) -> ProtectedCall<'i>
    where
        Self: 'i,
    {
        infra.describe(self)
    }
}

impl Describe for &String {
    type Classifier = ByResult;

    #[inline(always)]
    fn describe<'i>(self, infra: &'i Infrastructure) -> ProtectedCall<'i>
    where
        Self: 'i,
    {
        infra.describe(self)
    }
}

impl<C: Clone> Describe for &Handle<C> {
    type Classifier = C;

    #[inline(always)]
    fn describe<'i>(self, _infra: &'i Infrastructure) -> ProtectedCall<'i, NoKey, C>
    where
        Self: 'i,
    {
        self.call()
    }
}

impl<P: Describe, T, E> sealed::Run<T, E> for P
where
    P::Classifier: Classify<T, E>,
{
    #[inline(always)]
    fn run<'i, O: Future<Output = Result<T, E>>>(
        self,
        infra: &'i Infrastructure,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>>
    where
        Self: 'i,
    {
        self.describe(infra).run(op)
    }

    #[inline]
    fn run_blocking<'i>(
        self,
        infra: &'i Infrastructure,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>>
    where
        Self: 'i,
    {
        self.describe(infra).run_blocking(op)
    }
}

/// Several protections: the call under the rest is the operation of the first.
macro_rules! several {
    ($(($first:ident: $First:ident, $($rest:ident: $Rest:ident),+; $count:literal))*) => {$(
        impl<$First: Describe, $($Rest: Describe,)+ T, E> sealed::Run<T, E> for ($First, $($Rest,)+)
        where
            $First::Classifier: Classify<T, E>,
            $($Rest::Classifier: Classify<T, E>,)+
        {
            #[inline]
            fn run<'i, O: Future<Output = Result<T, E>>>(
                self,
                infra: &'i Infrastructure,
                op: impl FnOnce() -> O,
            ) -> impl Future<Output = Result<T, Error<E>>>
        where
            Self: 'i,
        {
                let ($first, $($rest,)+) = self;
                let outer = $first.describe(infra);
                outer.run_nested(move || several!(@rest run, infra, op, $($rest),+))
            }

            #[inline]
            fn run_blocking<'i>(
                self,
                infra: &'i Infrastructure,
                op: impl FnOnce() -> Result<T, E>,
            ) -> Result<T, Error<E>>
        where
            Self: 'i,
        {
                let ($first, $($rest,)+) = self;
                let outer = $first.describe(infra);
                outer.run_nested_blocking(|| several!(@rest run_blocking, infra, op, $($rest),+))
            }
        }

        impl<P: Describe, T, E> sealed::Run<T, E> for [P; $count]
        where
            P::Classifier: Classify<T, E>,
        {
            #[inline]
            fn run<'i, O: Future<Output = Result<T, E>>>(
                self,
                infra: &'i Infrastructure,
                op: impl FnOnce() -> O,
            ) -> impl Future<Output = Result<T, Error<E>>>
        where
            Self: 'i,
        {
                let [$first, $($rest,)+] = self;
                sealed::Run::run(($first, $($rest,)+), infra, op)
            }

            #[inline]
            fn run_blocking<'i>(
                self,
                infra: &'i Infrastructure,
                op: impl FnOnce() -> Result<T, E>,
            ) -> Result<T, Error<E>>
        where
            Self: 'i,
        {
                let [$first, $($rest,)+] = self;
                sealed::Run::run_blocking(($first, $($rest,)+), infra, op)
            }
        }
    )*};
    (@rest $run:ident, $infra:ident, $op:ident, $last:ident) => {
        sealed::Run::$run($last, $infra, $op)
    };
    (@rest $run:ident, $infra:ident, $op:ident, $($rest:ident),+) => {
        sealed::Run::$run(($($rest,)+), $infra, $op)
    };
}

several! {
    (a: A, b: B; 2)
    (a: A, b: B, c: C; 3)
    (a: A, b: B, c: C, d: D; 4)
}
