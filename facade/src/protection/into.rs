use std::future::Future;

use seawall_core::{ByResult, Classify, Error, Name, NoKey};

use self::sealed::{Describe, Protections, Run};
use super::{Handle, ProtectedCall};
use crate::Infrastructure;

/// What [`execute_protected`](Infrastructure::execute_protected) takes: a protection by its name or by
/// a [`Handle`], or two to four of them, as a tuple or an array.
///
/// Several protections are nested: the first is the outermost, and runs the call under the second as
/// its operation. Each has its own timeout and deadline, and its own events. A refusal by an inner one
/// is returned as it is and counts against nothing; tokens that the outer ones took are spent. No two
/// of them should have a component in common: the call would take from it twice, or wait for itself.
///
/// `C` is a tuple of the protections' classifiers, which the compiler infers. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no protection",
    note = "a protection is a name (`&str`), a `&seawall::Handle`, or a tuple or an array of two to four \
            of these"
)]
pub trait IntoProtection<'i, C: Protections>: Describe<'i, C> {}

impl<'i, P: Describe<'i, C>, C: Protections> IntoProtection<'i, C> for P {}

/// Classifiers that fit an operation with the value `T` and the error `E`: one for each protection of
/// an [`IntoProtection`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "the classifier of a protection does not fit `Result<{T}, {E}>`",
    note = "`Handle::with_classifier` sets a handle's classifier"
)]
pub trait Classifiers<T, E>: Run<T, E> {}

impl<C: Run<T, E>, T, E> Classifiers<T, E> for C {}

pub(crate) mod sealed {
    use super::{Error, Future, Infrastructure};

    /// One or several protections, by their classifiers.
    pub trait Protections {
        /// A call under each, the outermost first.
        type Calls<'i>;
    }

    pub trait Describe<'i, C: Protections>: Copy {
        /// Describes the calls; one is refused if its protection is unknown or closed.
        fn describe(self, infra: &'i Infrastructure) -> C::Calls<'i>;
    }

    // Not a part of `Describe`, and without its lifetime: then a future that waits for this one is
    // `Send` wherever it is awaited.
    pub trait Run<T, E>: Protections {
        fn run<O: Future<Output = Result<T, E>>>(
            calls: Self::Calls<'_>,
            op: impl FnOnce() -> O,
        ) -> impl Future<Output = Result<T, Error<E>>>;

        fn run_blocking(
            calls: Self::Calls<'_>,
            op: impl FnOnce() -> Result<T, E>,
        ) -> Result<T, Error<E>>;
    }
}

impl<'i> Describe<'i, (ByResult,)> for &str {
    #[inline(always)]
    fn describe(self, infra: &'i Infrastructure) -> ProtectedCall<'i> {
        infra.call_by_name(self)
    }
}

impl<'i> Describe<'i, (ByResult,)> for &String {
    #[inline(always)]
    fn describe(self, infra: &'i Infrastructure) -> ProtectedCall<'i> {
        infra.call_by_name(self)
    }
}

impl<'i> Describe<'i, (ByResult,)> for &Name {
    #[inline(always)]
    fn describe(self, infra: &'i Infrastructure) -> ProtectedCall<'i> {
        infra.call_by_name(self)
    }
}

impl<'i, C: Clone> Describe<'i, (C,)> for &'i Handle<C> {
    #[inline(always)]
    fn describe(self, _infra: &'i Infrastructure) -> ProtectedCall<'i, NoKey, C> {
        self.call()
    }
}

impl<C> Protections for (C,) {
    type Calls<'i> = ProtectedCall<'i, NoKey, C>;
}

impl<C: Classify<T, E>, T, E> Run<T, E> for (C,) {
    #[inline(always)]
    fn run<O: Future<Output = Result<T, E>>>(
        call: Self::Calls<'_>,
        op: impl FnOnce() -> O,
    ) -> impl Future<Output = Result<T, Error<E>>> {
        call.run(op)
    }

    #[inline]
    fn run_blocking(
        call: Self::Calls<'_>,
        op: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, Error<E>> {
        call.run_blocking(op)
    }
}

/// Several protections: the call under the rest is the operation of the first.
macro_rules! several {
    ($($count:literal: ($first:ident $A:ident $C:ident) $(($rest:ident $B:ident $D:ident))+;)*) => {$(
        impl<$C, $($D),+> Protections for ($C, $($D,)+) {
            type Calls<'i> = (ProtectedCall<'i, NoKey, $C>, $(ProtectedCall<'i, NoKey, $D>,)+);
        }

        impl<'i, $A: Describe<'i, ($C,)>, $C, $($B: Describe<'i, ($D,)>, $D),+>
            Describe<'i, ($C, $($D,)+)> for ($A, $($B,)+)
        {
            #[inline]
            fn describe(
                self,
                infra: &'i Infrastructure,
            ) -> (ProtectedCall<'i, NoKey, $C>, $(ProtectedCall<'i, NoKey, $D>,)+) {
                let ($first, $($rest,)+) = self;
                infra.of_one_version(|| ($first.describe(infra), $($rest.describe(infra),)+))
            }
        }

        impl<'i, P: Describe<'i, ($C,)>, $C> Describe<'i, ($C, $(several!(@to $C $D),)+)>
            for [P; $count]
        {
            #[inline]
            fn describe(
                self,
                infra: &'i Infrastructure,
            ) -> <($C, $(several!(@to $C $D),)+) as Protections>::Calls<'i> {
                let [$first, $($rest,)+] = self;
                infra.of_one_version(|| ($first.describe(infra), $($rest.describe(infra),)+))
            }
        }

        impl<$C: Classify<T, E>, $($D: Classify<T, E>,)+ T, E> Run<T, E> for ($C, $($D,)+) {
            #[inline]
            fn run<O: Future<Output = Result<T, E>>>(
                ($first, $($rest,)+): Self::Calls<'_>,
                op: impl FnOnce() -> O,
            ) -> impl Future<Output = Result<T, Error<E>>> {
                $first.run_nested(move || several!(@run run op $(($rest $D))+))
            }

            #[inline]
            fn run_blocking(
                ($first, $($rest,)+): Self::Calls<'_>,
                op: impl FnOnce() -> Result<T, E>,
            ) -> Result<T, Error<E>> {
                $first.run_nested_blocking(move || several!(@run run_blocking op $(($rest $D))+))
            }
        }
    )*};
    (@to $C:ident $D:ident) => { $C };
    (@run $run:ident $op:ident ($last:ident $D:ident)) => {
        <($D,) as Run<T, E>>::$run($last, $op)
    };
    (@run $run:ident $op:ident $(($rest:ident $D:ident))+) => {
        <($($D,)+) as Run<T, E>>::$run(($($rest,)+), $op)
    };
}

several! {
    2: (a A C) (b B D);
    3: (a A C) (b B D) (c F G);
    4: (a A C) (b B D) (c F G) (d H I);
}
