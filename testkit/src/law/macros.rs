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
        #[allow(dead_code, reason = "only some components have a table")]
        pub(crate) const NOT_KEPT: $crate::law::NotKept<'static> =
            &[$((stringify!($declared), $reason),)*];

        $(__seawall_is_a_law!($declared);)*
        $(__seawall_law!($law $group);)*
    };
}

/// Writes one test that the column in the table of laws is as it should be, if there is a table.
#[doc(hidden)]
#[macro_export]
macro_rules! __law_table_test {
    ($kind:literal, $laws:expr, []) => {};
    ($kind:literal, $laws:expr, [$table:expr]) => {
        #[test]
        fn the_table_of_laws_is_up_to_date() {
            $crate::law::assert_column($kind, $laws, $table, NOT_KEPT);
        }
    };
}
