//! Random settings, changed at random times, against a model of what is kept.

use proptest::prelude::*;
use seawall::{ConfigSource, Infrastructure, OwnedPermit, RefusalKind, Verdict};
use seawall_testkit::ManualClock;

/// What one file says.
#[derive(Clone, Debug, PartialEq)]
struct Settings {
    limit: u32,
    algorithm: &'static str,
    key_parts: Option<u32>,
    max_concurrent: u32,
    failures: u32,
    per_key: bool,
    /// Which of the three the protection has.
    layers: [bool; 3],
    timeout: u32,
}

impl Settings {
    fn any() -> impl Strategy<Value = Self> {
        let algorithm = prop_oneof![
            3 => Just("gcra"),
            1 => Just("fixed_window"),
            1 => Just("sliding_window"),
            1 => Just("periodic_bucket"),
        ];
        let key_parts = prop_oneof![4 => Just(None), 1 => Just(Some(1))];
        let per_key = prop_oneof![4 => Just(false), 1 => Just(true)];
        let layers = proptest::array::uniform3(prop_oneof![4 => Just(true), 1 => Just(false)]);
        (1..12_u32, algorithm, key_parts, 1..4_u32, 1..4_u32, per_key, layers, 1..4_u32).prop_map(
            |(limit, algorithm, key_parts, max_concurrent, failures, per_key, layers, timeout)| {
                Self {
                    limit,
                    algorithm,
                    key_parts,
                    max_concurrent,
                    failures,
                    per_key,
                    layers,
                    timeout,
                }
            },
        )
    }

    fn text(&self) -> String {
        let Self { limit, algorithm, max_concurrent, failures, per_key, timeout, .. } = self;
        let key_parts = self.key_parts.map_or_else(String::new, |n| format!("key_parts = {n}\n"));
        let layer = |at: usize, line: &'static str| if self.layers[at] { line } else { "" };
        let layers = [
            layer(0, "rate_limit = 'api'\n"),
            layer(1, "bulkhead = 'api'\n"),
            layer(2, "breaker = 'api'\n"),
        ];
        format!(
            "[rate_limit.api]\nlimit = {limit}\nperiod = '1d'\nalgorithm = '{algorithm}'\n{key_parts}\
             [bulkhead.api]\nmax_concurrent = {max_concurrent}\n\
             [breaker.api]\nconsecutive_failures = {failures}\nreset_after = '1d'\nper_key = {per_key}\n\
             [protection.p]\ntimeout = '{timeout}s'\n{}",
            layers.concat()
        )
    }

    /// True if the limiter, or the breaker, is started anew where `self` becomes `new`.
    fn restarts(&self, new: &Self) -> [bool; 2] {
        [self.key_parts != new.key_parts, self.per_key != new.per_key]
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A call that ends at once, with this key and this result.
    Call {
        key: usize,
        fails: bool,
    },
    /// A call that keeps its permit, and the end of one.
    Hold {
        key: usize,
    },
    End(usize),
    Reload(Settings),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..KEYS, any::<bool>()).prop_map(|(key, fails)| Step::Call { key, fails }),
        2 => (0..KEYS).prop_map(|key| Step::Hold { key }),
        2 => (0..8_usize).prop_map(Step::End),
        2 => Settings::any().prop_map(Step::Reload),
    ];
    proptest::collection::vec(step, 1..60)
}

const KEYS: usize = 2;

/// What is counted while no time passes.
#[derive(Clone, Debug, Default)]
struct Model {
    spent: [u32; KEYS],
    running: u32,
    /// Failures in a row, and whether the circuit is open: by key, or all in the first.
    circuits: [(u32, bool); KEYS],
    /// Failures in a row that a lower limit has left out.
    left_out: [u32; KEYS],
}

/// Which layers a held call has.
struct Held {
    permit: OwnedPermit,
    layers: [bool; 3],
}

impl Model {
    fn reload(&mut self, old: &Settings, new: &Settings) {
        let [limiter, breaker] = old.restarts(new);
        if limiter {
            self.spent = Default::default();
        }
        if breaker {
            self.circuits = Default::default();
            self.left_out = Default::default();
        }
        // A count never opens a circuit by itself: all but one less than the limit are left out.
        for ((failures, is_open), left_out) in self.circuits.iter_mut().zip(&mut self.left_out) {
            let all = if *is_open { 0 } else { *failures + *left_out };
            *failures = all.min(new.failures - 1);
            *left_out = all - *failures;
        }
    }

    fn circuit(&mut self, settings: &Settings, key: usize) -> &mut (u32, bool) {
        &mut self.circuits[if settings.per_key { key } else { 0 }]
    }

    /// Returns why a call is refused, or takes what it needs.
    fn enter(&mut self, settings: &Settings, key: usize) -> Result<(), RefusalKind> {
        let [limiter, bulkhead, breaker] = settings.layers;
        if limiter && self.spent[key] >= settings.limit {
            return Err(RefusalKind::RateLimited);
        }
        if bulkhead && self.running >= settings.max_concurrent {
            return Err(RefusalKind::BulkheadFull);
        }
        if breaker && self.circuit(settings, key).1 {
            return Err(RefusalKind::CircuitOpen);
        }
        self.spent[key] += u32::from(limiter);
        self.running += u32::from(bulkhead);
        Ok(())
    }

    fn end(&mut self, settings: &Settings, layers: [bool; 3], key: usize, fails: bool) {
        self.running -= u32::from(layers[1]);
        if layers[2] {
            let failures = settings.failures;
            let circuit = self.circuit(settings, key);
            circuit.0 = if fails { circuit.0 + 1 } else { 0 };
            circuit.1 |= circuit.0 >= failures;
            if !fails {
                self.left_out[if settings.per_key { key } else { 0 }] = 0;
            }
        }
    }
}

struct Fixture {
    infra: Infrastructure,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("seawall.toml");
        std::fs::write(&file, settings.text()).expect("written");
        let config = ConfigSource::new().file(file);
        let builder = Infrastructure::builder().config(config).clock(ManualClock::new().clock());
        Self { infra: builder.build().expect("valid settings"), folder }
    }

    fn reload(&self, settings: &Settings) -> seawall::Applied {
        let file = self.folder.path().join("seawall.toml");
        std::fs::write(file, settings.text()).expect("written");
        self.infra.reload().expect("valid settings")
    }

    fn acquire(&self, key: usize) -> Result<OwnedPermit, RefusalKind> {
        let handle = self.infra.protection("p").expect("configured");
        let acquired = handle.owned().key(key).acquire_blocking();
        acquired.map_err(|refusal| refusal.kind())
    }

    fn call(&self, key: usize, fails: bool) -> Result<(), RefusalKind> {
        let call = self.infra.protect("p").map_err(|refusal| refusal.kind())?.key(key);
        match call.run_blocking(|| if fails { Err(()) } else { Ok(()) }) {
            Ok(()) | Err(seawall::Error::Failed(())) => Ok(()),
            Err(error) => Err(error.refusal().expect("refused").kind()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A reload gives the decisions that a start with the same settings gives, but for the state that the
    /// model says is kept.
    #[test]
    fn decisions_are_those_of_the_new_settings_and_the_kept_state(
        first in Settings::any(),
        steps in steps(),
    ) {
        let (fixture, mut settings) = (Fixture::new(&first), first);
        let (mut model, mut held) = (Model::default(), Vec::<Held>::new());
        for step in steps {
            match step {
                Step::Call { key, fails } => {
                    let expected = model.enter(&settings, key);
                    prop_assert_eq!(fixture.call(key, fails), expected, "{:?}", &settings);
                    if expected.is_ok() {
                        model.end(&settings, settings.layers, key, fails);
                    }
                }
                Step::Hold { key } => {
                    let expected = model.enter(&settings, key);
                    let acquired = fixture.acquire(key);
                    prop_assert_eq!(acquired.as_ref().err().copied(), expected.err());
                    let layers = settings.layers;
                    held.extend(acquired.ok().map(|permit| Held { permit, layers }));
                }
                Step::End(at) if !held.is_empty() => {
                    let Held { permit, layers } = held.swap_remove(at % held.len());
                    // What it says of the service is of no account.
                    permit.settle(Verdict::Ignored);
                    model.running -= u32::from(layers[1]);
                }
                Step::End(_) => {}
                Step::Reload(new) => {
                    let applied = fixture.reload(&new);
                    let lost = applied.version().difference().changes().iter();
                    let lost = lost.filter(|change| applied.is_new() && change.loses_state()).count();
                    let restarts = settings.restarts(&new);
                    prop_assert_eq!(lost, restarts.iter().filter(|restarts| **restarts).count());
                    model.reload(&settings, &new);
                    settings = new;
                }
            }
        }
        // Nothing of earlier versions is in a start.
        let (fresh, mut model) = (Fixture::new(&settings), Model::default());
        for nth in 0..20 {
            let (key, fails) = (nth % KEYS, nth % 3 > 0);
            let expected = model.enter(&settings, key);
            prop_assert_eq!(fresh.call(key, fails), expected);
            if expected.is_ok() {
                model.end(&settings, settings.layers, key, fails);
            }
        }
    }

    /// There and back again, the plan is the first, and no call is admitted that would not have been,
    /// unless something was started anew.
    #[test]
    fn there_and_back_admits_no_more(
        (a, b) in (Settings::any(), Settings::any()),
        calls in proptest::collection::vec((0..KEYS, any::<bool>()), 1..40),
        back in 0..40_usize,
    ) {
        let (alone, both) = (Fixture::new(&a), Fixture::new(&a));
        let first = both.infra.describe();
        let loses_state = a.restarts(&b).contains(&true);
        let mut admitted = [0, 0];
        for (nth, (key, fails)) in calls.iter().enumerate() {
            if nth == back {
                let _there = both.reload(&b);
                let _back = both.reload(&a);
                prop_assert_eq!(&both.infra.describe(), &first);
            }
            admitted[0] += u32::from(alone.call(*key, *fails).is_ok());
            admitted[1] += u32::from(both.call(*key, *fails).is_ok());
            prop_assert!(admitted[1] <= admitted[0] || loses_state, "{:?} {:?}", &a, &b);
        }
    }
}
