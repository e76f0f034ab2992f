use std::future::Future;

use seawall_core::{ByResult, Classify, Error, Name, NoKey};

use self::sealed::{Describe, Operation, Protections, Run, RunBlocking};
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
pub trait Classifiers<T, E>: RunBlocking<T, E> {}

impl<C: RunBlocking<T, E>, T, E> Classifiers<T, E> for C {}

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

    /// A function that starts an operation, with the parts of its result by name.
    pub trait Operation {
        type Future: Future<Output = Result<Self::Value, Self::Error>>;
        type Value;
        type Error;

        fn start(self) -> Self::Future;
    }

    impl<F: FnOnce() -> O, O: Future<Output = Result<T, E>>, T, E> Operation for F {
        type Future = O;
        type Value = T;
        type Error = E;

        #[inline(always)]
        fn start(self) -> O {
            self()
        }
    }

    // By `F` alone. A bound between types, as `O: Future<Output = Result<T, E>>`, would have to hold for any
    // lifetimes in them where a task that awaits this future has to be `Send`: rust-lang/rust#110338.
    pub trait Run<F: Operation>: Protections {
        fn run(
            calls: Self::Calls<'_>,
            op: F,
        ) -> impl Future<Output = Result<F::Value, Error<F::Error>>>;
    }

    pub trait RunBlocking<T, E>: Protections {
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

impl<C: Classify<F::Value, F::Error>, F: Operation> Run<F> for (C,) {
    #[inline(always)]
    fn run(
        call: Self::Calls<'_>,
        op: F,
    ) -> impl Future<Output = Result<F::Value, Error<F::Error>>> {
        call.run(move || op.start())
    }
}

impl<C: Classify<T, E>, T, E> RunBlocking<T, E> for (C,) {
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

        impl<$C, $($D,)+ Op: Operation> Run<Op> for ($C, $($D,)+)
        where
            $C: Classify<Op::Value, Op::Error>,
            $($D: Classify<Op::Value, Op::Error>,)+
        {
            #[inline]
            fn run(
                ($first, $($rest,)+): Self::Calls<'_>,
                op: Op,
            ) -> impl Future<Output = Result<Op::Value, Error<Op::Error>>> {
                $first.run_nested(move || <($($D,)+) as Run<Op>>::run(several!(@one $($rest)+), op))
            }
        }

        impl<$C: Classify<T, E>, $($D: Classify<T, E>,)+ T, E> RunBlocking<T, E> for ($C, $($D,)+) {
            #[inline]
            fn run_blocking(
                ($first, $($rest,)+): Self::Calls<'_>,
                op: impl FnOnce() -> Result<T, E>,
            ) -> Result<T, Error<E>> {
                $first.run_nested_blocking(move || {
                    <($($D,)+) as RunBlocking<T, E>>::run_blocking(several!(@one $($rest)+), op)
                })
            }
        }
    )*};
    (@to $C:ident $D:ident) => { $C };
    (@one $last:ident) => { $last };
    (@one $($rest:ident)+) => { ($($rest,)+) };
}

several! {
    2: (a A C) (b B D);
    3: (a A C) (b B D) (c F G);
    4: (a A C) (b B D) (c F G) (d H I);
}
