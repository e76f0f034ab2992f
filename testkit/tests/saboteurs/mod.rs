//! Proof that laws can fail: for each law, components with one flaw that break it and no other.

/// Lists the flaws, each with the law that it breaks, and tests that it does. `$flawed::subject`
/// takes a flaw or none.
macro_rules! saboteurs {
    ($laws:ident, $flawed:ident { $($flaw:ident breaks $law:ident,)* }) => {
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum Flaw {
            $($flaw,)*
        }

        const FLAWS: &[(Flaw, &str)] = &[$((Flaw::$flaw, stringify!($law)),)*];

        /// Returns the laws that a component with `flaw` breaks.
        fn broken(flaw: Option<Flaw>) -> Vec<&'static str> {
            use std::panic::{AssertUnwindSafe, catch_unwind};

            let subject = $flawed::subject(flaw);
            let breaks = |law: &&$laws::Law| {
                catch_unwind(AssertUnwindSafe(|| law.check(&subject))).is_err()
            };
            $laws::LAWS.iter().filter(breaks).map(|law| law.name).collect()
        }

        #[test]
        fn without_a_flaw_all_laws_are_kept() {
            assert_eq!(broken(None), [] as [&str; 0]);
        }

        /// Returns what the flaw breaks if that is not what is declared.
        fn wrong((flaw, law): &(Flaw, &str)) -> Option<String> {
            let broken = broken(Some(*flaw));
            (broken != [*law]).then(|| format!("{flaw:?} breaks {broken:?}"))
        }

        #[test]
        fn each_flaw_breaks_its_law_and_no_other() {
            let (some, others) = FLAWS.split_at(FLAWS.len() / 2);
            let wrong = std::thread::scope(|scope| {
                let some = scope.spawn(|| some.iter().filter_map(wrong).collect::<Vec<_>>());
                let others: Vec<_> = others.iter().filter_map(wrong).collect();
                [some.join().expect("panics are caught"), others].concat()
            });
            assert_eq!(wrong, [] as [String; 0]);
        }

        #[test]
        fn each_law_has_a_flaw_that_breaks_it() {
            use std::collections::BTreeSet;

            let broken: BTreeSet<_> = FLAWS.iter().map(|(_, law)| *law).collect();
            let laws: BTreeSet<_> = $laws::LAWS.iter().map(|law| law.name).collect();
            assert_eq!(broken, laws);
        }
    };
}
