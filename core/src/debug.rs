/// Implements `Debug` for a type with parts that cannot be shown: writes its name, the values given here,
/// and that there are more.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    (impl $([$($generics:tt)*])? $name:ident $(<$($of:tt),+>)?) => {
        $crate::__debug! { impl $([$($generics)*])? $name $(<$($of),+>)?: self {} }
    };
    (impl $([$($generics:tt)*])? $name:ident $(<$($of:tt),+>)?:
        $this:ident { $($field:ident: $value:expr),* $(,)? }) => {
        impl $(<$($generics)*>)? ::std::fmt::Debug for $name $(<$($of),+>)? {
            fn fmt(&$this, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &$value))*
                    .finish_non_exhaustive()
            }
        }
    };
}
