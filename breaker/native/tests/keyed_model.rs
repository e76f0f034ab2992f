//! A breaker with a circuit for each key against single breakers, one for each key that it keeps: any
//! interleaving of calls, results, waits, hands and new options, with room for all keys and for few.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use seawall_breaker::{
    Backoff, BreakerOptions, BreakerStatus, CircuitBreaker, KeyOptions, KeyOverflow, KeyedBreaker,
    Probes, Ramp, RateWindow, Ratio, RefusalKind, State,
};
use seawall_core::{
    Backend, Call, Change, Driver, Entry, Exit, Key, KeyHash, Refusal, Tick, Token, Verdict,
};
use seawall_testkit::{ManualClock, Recorder};

const KEYS: u8 = 6;
const WINDOW: u64 = 50;

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Call(u8),
    /// The n-th of the calls under way ends.
    End(usize, Verdict),
    Hand(u8, Hand),
    Reconfigure(usize),
}

#[derive(Clone, Copy, Debug)]
enum Hand {
    ForceOpen,
    Disable,
    Observe,
    Trip,
    Reset,
}

fn options() -> Vec<BreakerOptions> {
    let millis = Duration::from_millis;
    let base = BreakerOptions::new("keyed").reset_after(millis(20)).probe_lease(millis(30));
    let failures = base.clone().failures(2).window(millis(WINDOW));
    let time = base.clone().failure_rate(Ratio::percent(50)).minimum_calls(2);
    let time = time.rate_window(RateWindow::Time(millis(40)));
    let backoff = Backoff::exponential(millis(10), millis(50));
    vec![
        failures.clone(),
        time.clone().slow_call(millis(6)).slow_call_rate(Ratio::percent(50)),
        failures.clone().probes(Probes::new(3, Ratio::percent(60)).with_lease(millis(30))),
        failures.clone().ramp(Ramp::new(millis(25), 100)).reset(backoff),
        failures.clone().hung_calls(2).slow_call(millis(8)).heal_after(millis(60)),
        failures.clone().consecutive_failures(3).failures(4),
        time.rate_window(RateWindow::Calls(5)).minimum_calls(3),
        failures.recent_failures(3, 5).failures(4),
    ]
}

/// With these, nothing counts for longer than the window.
const TIMED: usize = 5;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        4 => Just(Verdict::Failure),
        3 => Just(Verdict::Success),
        1 => proptest::sample::select(Verdict::ALL),
    ];
    let hand = proptest::sample::select(
        &[Hand::ForceOpen, Hand::Disable, Hand::Observe, Hand::Trip, Hand::Reset][..],
    );
    let step = prop_oneof![
        9 => (0..25_u64).prop_map(Step::Wait),
        24 => (0..KEYS).prop_map(Step::Call),
        22 => (0..4_usize, verdict).prop_map(|(nth, verdict)| Step::End(nth, verdict)),
        2 => (0..KEYS, hand).prop_map(|(key, hand)| Step::Hand(key, hand)),
        1 => (0..options().len()).prop_map(Step::Reconfigure),
    ];
    proptest::collection::vec(step, 0..150)
}

/// A call under way: its key, its token, and that of the single breaker if its key was kept.
struct Running {
    key: u8,
    token: Token,
    single: Option<Token>,
}

/// A single breaker for a key, and when it was used last.
struct Single {
    breaker: CircuitBreaker,
    used: Tick,
}

struct Play {
    time: ManualClock,
    which: usize,
    keys: KeyOptions,
    max_keys: usize,
    overflow: KeyOverflow,
    keyed: KeyedBreaker,
    singles: BTreeMap<u8, Single>,
    under_way: Vec<Running>,
    recorder: Recorder,
    /// The numbers of all changes.
    numbers: Vec<u64>,
}

type Came = (Result<Token, (RefusalKind, Option<Duration>)>, Option<Change>);
type Transition = (&'static str, &'static str, &'static str);

fn transition(change: Option<Change>) -> Option<Transition> {
    change.map(|change| (change.from, change.to, change.cause))
}

fn enter(backend: &impl Backend, call: &Call<'_>) -> Came {
    let answer = match backend.enter(call) {
        Entry::Go(token) => Ok(token),
        Entry::Refuse(refusal) => Err((Refusal::kind(&refusal), refusal.retry_after())),
        entry => panic!("{entry:?}"),
    };
    (answer, call.take_change())
}

fn exit(backend: &impl Backend, now: Tick, token: Token, verdict: Verdict) -> Option<Change> {
    let exit = Exit::at(now, verdict);
    backend.exit(token, &exit);
    exit.take_change()
}

/// Returns true if the circuit has counted nothing.
fn is_clear(status: &BreakerStatus) -> bool {
    let (failures, slow) = status.sample.map_or((0, 0), |sample| (sample.failures, sample.slow));
    status.state == State::Closed
        && (status.failures, status.consecutive_failures.unwrap_or(0), failures, slow)
            == (0, 0, 0, 0)
}

impl Play {
    fn new(which: usize, max_keys: usize, overflow: KeyOverflow) -> Self {
        let time = ManualClock::new();
        let most = u32::try_from(max_keys).expect("few");
        let keys = KeyOptions::new().max_keys(most).overflow(overflow);
        let keyed = KeyedBreaker::start(&options()[which], &keys).expect("valid");
        let recorder = Recorder::new();
        let driver = Driver::new().with_clock(time.clock()).with_observer(recorder.clone());
        let keyed = keyed.with_driver(driver);
        let (singles, under_way, numbers) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { time, which, keys, max_keys, overflow, keyed, singles, under_way, recorder, numbers }
    }

    /// Takes the number of a change of `key`, and returns the change as a single breaker has it.
    fn changed(&mut self, key: u8, change: Option<Change>) -> Option<Transition> {
        let change = change?;
        self.numbers.push(change.sequence);
        let shared = Some(KeyHash::from_halves(0, 0));
        assert!(change.key_hash == self.keyed.hash(key) || change.key_hash == shared);
        transition(Some(change))
    }

    fn step(&mut self, step: &Step) {
        let now = self.time.now();
        match *step {
            Step::Wait(wait) => self.time.advance(Duration::from_millis(wait)),
            Step::Call(key) => self.call(key),
            Step::End(nth, _) if nth >= self.under_way.len() => {}
            Step::End(nth, verdict) => {
                let call = self.under_way.remove(nth);
                let change = exit(&self.keyed, now, call.token, verdict);
                let change = self.changed(call.key, change);
                if let Some(token) = call.single {
                    let single = self.singles.get_mut(&call.key).expect("it is under way");
                    single.used = now;
                    let expected = exit(&single.breaker, now, token, verdict);
                    assert_eq!(change, transition(expected));
                }
            }
            Step::Hand(key, hand) => self.hand(key, hand),
            Step::Reconfigure(which) => {
                self.which = which;
                self.keyed.reconfigure(&options()[which], &self.keys).expect("valid");
                for single in self.singles.values() {
                    single.breaker.reconfigure(&options()[which]).expect("valid");
                }
            }
        }
        self.check();
    }

    fn call(&mut self, key: u8) {
        let now = self.time.now();
        let (answer, change) = enter(&self.keyed, &Call::at(now).with_key(Key::new(&key)));
        let change = self.changed(key, change);
        let came = (answer, change);
        if self.keyed.status(key).is_none() {
            self.assert_full();
            self.forgotten();
            let rejected = matches!(came.0, Err((RefusalKind::TooManyKeys, _)));
            assert_eq!(rejected, self.overflow == KeyOverflow::Reject, "{came:?}");
            self.under_way.extend(came.0.ok().map(|token| Running { key, token, single: None }));
            return;
        }
        let single = self.single(key);
        let expected = enter(&single.breaker, &Call::at(now));
        assert_eq!((came.0.map(|_| ()), came.1), (expected.0.map(|_| ()), transition(expected.1)));
        if let (Ok(token), Ok(single)) = (came.0, expected.0) {
            self.under_way.push(Running { key, token, single: Some(single) });
        }
    }

    fn hand(&mut self, key: u8, hand: Hand) {
        let (keyed, wait) = (self.keyed.clone(), Duration::from_millis(15));
        let done = match hand {
            Hand::ForceOpen => keyed.force_open(key),
            Hand::Disable => keyed.disable(key),
            Hand::Observe => keyed.observe(key),
            Hand::Trip => keyed.trip(key, wait),
            Hand::Reset => keyed.reset(key),
        };
        if keyed.status(key).is_none() {
            assert!(done.is_err() || matches!(hand, Hand::Reset));
            if done.is_err() {
                self.assert_full();
            }
            self.forgotten();
            return;
        }
        done.expect("it is kept");
        let single = &self.single(key).breaker;
        match hand {
            Hand::ForceOpen => single.force_open(),
            Hand::Disable => single.disable(),
            Hand::Observe => single.observe(),
            Hand::Trip => single.trip(wait),
            Hand::Reset => single.reset(),
        }
    }

    /// The single breaker of a key that is used now.
    fn single(&mut self, key: u8) -> &Single {
        let now = self.time.now();
        self.forgotten();
        let single = self.singles.entry(key).or_insert_with(|| {
            let breaker = CircuitBreaker::start(&options()[self.which]).expect("valid");
            let driver = Driver::new().with_clock(self.time.clock());
            Single { breaker: breaker.with_driver(driver), used: now }
        });
        single.used = now;
        single
    }

    /// Lets go of what was forgotten, which it must have been right to.
    fn forgotten(&mut self) {
        let gone: Vec<u8> = self.singles.keys().copied().collect();
        for key in gone.into_iter().filter(|key| self.keyed.status(key).is_none()) {
            let status = self.singles.remove(&key).expect("it was kept").breaker.status();
            assert_eq!(status.calls.in_flight(), 0, "key {key} has calls under way");
            assert_eq!(status.state, State::Closed, "key {key} is not closed");
            let evicts = self.overflow == KeyOverflow::EvictColdest;
            assert!(evicts || is_clear(&status), "key {key} has counted: {status:?}");
        }
    }

    /// A key was turned away: as many are kept as may be, and there is none that could be forgotten.
    fn assert_full(&self) {
        assert_eq!(self.keyed.keys(), self.max_keys as u64);
        for (key, single) in &self.singles {
            let Some(kept) = self.keyed.status(key) else { continue };
            let is_idle = kept.calls.in_flight() == 0;
            let evictable =
                kept.state == State::Closed && self.overflow == KeyOverflow::EvictColdest;
            assert!(!(is_idle && evictable), "key {key} could be evicted");
            let unused = self.time.now().since(single.used);
            let is_over = self.which < TIMED && unused >= Duration::from_millis(WINDOW);
            assert!(!(is_idle && is_over && is_clear(&kept)), "nothing is against key {key}");
        }
    }

    fn check(&mut self) {
        let emitted = self.recorder.take().into_iter().filter_map(|event| event.change);
        self.numbers.extend(emitted.map(|change| change.sequence));
        self.numbers.sort_unstable();
        assert!(self.numbers.iter().copied().eq(1..=self.numbers.len() as u64), "without gaps");
        assert!(self.singles.len() <= self.max_keys);
        assert_eq!(self.keyed.keys(), self.singles.len() as u64);
        for (key, single) in &self.singles {
            assert_eq!(self.keyed.status(key), Some(single.breaker.status()), "key {key}");
        }
        let summary = self.keyed.summary();
        let ended = Verdict::ALL.iter().map(|verdict| summary.calls.ended(*verdict));
        let ended = ended.sum::<u64>() + summary.calls.late;
        assert_eq!(summary.calls.admitted, ended + self.under_way.len() as u64);
        let states = self.singles.values().map(|single| single.breaker.status().state);
        let open = states.filter(|state| *state == State::Open).count() as u64;
        assert_eq!((summary.keys, summary.keys_in(State::Open)), (self.keyed.keys(), open));
    }
}

fn play(which: usize, max_keys: usize, overflow: KeyOverflow, steps: &[Step]) {
    let mut play = Play::new(which, max_keys, overflow);
    steps.iter().for_each(|step| play.step(step));
    // Whatever is still under way ends, and then the books are closed.
    while !play.under_way.is_empty() {
        play.step(&Step::End(0, Verdict::Success));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn with_room_for_all_each_key_has_a_breaker_of_its_own(
        which in 0..options().len(),
        steps in steps(),
    ) {
        play(which, KEYS.into(), KeyOverflow::Reject, &steps);
    }

    #[test]
    fn with_room_for_few_no_more_are_kept_and_nothing_is_forgiven(
        which in 0..options().len(),
        max_keys in 1..5_usize,
        overflow in proptest::sample::select(
            &[KeyOverflow::Shared, KeyOverflow::Reject, KeyOverflow::EvictColdest][..]
        ),
        steps in steps(),
    ) {
        play(which, max_keys, overflow, &steps);
    }
}
