/// The laws of a kind as a constant list.
macro_rules! __law_list {
    ([$($law:ident in $module:ident: $sentence:literal,)*] $(#[$doc:meta])* $type:ty) => {
        $(#[$doc])*
        pub const LAWS: &[$type] =
            &[$(<$type>::new(stringify!($law), $sentence, $module::$law),)*];
    };
}

pub(crate) use __law_list;

/// One test for each law, of which those declared are ignored.
#[doc(hidden)]
#[macro_export]
macro_rules! __law_tests {
    ([$($law:ident in $module:ident: $sentence:literal,)*]
        ($laws:expr, $subject:expr) [$($declared:ident = $reason:literal,)*]) => {
        /// The first rule that fits counts, so what is declared comes first.
        macro_rules! __seawall_law {
            $(($declared) => {
                #[test]
                #[ignore = $reason]
                fn $declared() {
                    let law = $crate::law::Law::find($laws, stringify!($declared));
                    law.expect("a law").check(&$subject);
                }
            };)*
            $(($law) => {
                #[test]
                fn $law() {
                    let law = $crate::law::Law::find($laws, stringify!($law));
                    law.expect("a law").check(&$subject);
                }
            };)*
        }

        /// Does not compile for a name that no law has.
        #[allow(unused_macros)]
        macro_rules! __seawall_is_a_law {
            $(($law) => {};)*
        }

        $(__seawall_is_a_law!($declared);)*
        $(__seawall_law!($law);)*
    };
}

/// One test that the README has the table of laws, if there is a README.
#[doc(hidden)]
#[macro_export]
macro_rules! __law_readme_test {
    ($laws:expr, [] $cannot:tt) => {};
    ($laws:expr, [$readme:expr] [$($declared:ident = $reason:literal,)*]) => {
        #[test]
        fn the_readme_has_the_table_of_laws() {
            let cannot = [$((stringify!($declared), $reason),)*];
            $crate::law::assert_readme($readme, $laws, &cannot);
        }
    };
}
