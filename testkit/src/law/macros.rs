/// Declares the laws of a kind as a constant list.
macro_rules! __law_list {
    ([$($law:ident in $group:ident: $sentence:literal,)*] $(#[$doc:meta])* $type:ty) => {
        $(#[$doc])*
        pub const LAWS: &[$type] =
            &[$(<$type>::new(stringify!($law), stringify!($group), $sentence, $group::$law),)*];
    };
}

pub(crate) use __law_list;

/// Writes one test for each law; those that are declared, by name or by group, are ignored.
#[doc(hidden)]
#[macro_export]
macro_rules! __law_tests {
    ([$($law:ident in $group:ident: $sentence:literal,)*]
        ($laws:expr, $subject:expr) [$($declared:ident = $reason:literal,)*]) => {
        // The first pattern that matches counts, so declared laws and groups come first.
        macro_rules! __seawall_law {
            $(($declared $any:ident) => {
                #[test]
                #[ignore = $reason]
                fn $declared() {
                    $crate::law::check_named($laws, stringify!($declared), &$subject);
                }
            };)*
            $(($any:ident $declared) => {
                #[test]
                #[ignore = $reason]
                fn $any() {
                    $crate::law::check_named($laws, stringify!($any), &$subject);
                }
            };)*
            ($any:ident $of:ident) => {
                #[test]
                fn $any() {
                    $crate::law::check_named($laws, stringify!($any), &$subject);
                }
            };
        }

        /// Does not compile for a name that no law and no group has.
        #[allow(unused_macros)]
        macro_rules! __seawall_is_a_law {
            $(($law) => {}; ($group) => {};)*
        }

        /// The laws that are not kept, or their groups, each with the reason.
        #[allow(dead_code, reason = "only some crates print it in their README")]
        pub(crate) const NOT_KEPT: $crate::law::NotKept<'static> =
            &[$((stringify!($declared), $reason),)*];

        $(__seawall_is_a_law!($declared);)*
        $(__seawall_law!($law $group);)*
    };
}

/// Writes one test that the README has the table of laws, if there is a README.
#[doc(hidden)]
#[macro_export]
macro_rules! __law_readme_test {
    ($laws:expr, []) => {};
    ($laws:expr, [$readme:expr]) => {
        #[test]
        fn the_readme_has_the_table_of_laws() {
            $crate::law::assert_readme($readme, $laws, &[("", NOT_KEPT)]);
        }
    };
}
