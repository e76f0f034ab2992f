use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use seawall_core::{Sleep, TimeSource};
use seawall_testkit::ManualClock;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// Waits until so many milliseconds after the clock's origin.
fn enter_by<'g>(gate: &'g Gate<u8>, clock: &'g Clock, millis: u64) -> Turn<'g, u8> {
    gate.enter(Deadline::new(clock, Tick::from_millis(millis)), clock.now())
}

#[test]
fn one_timer_wakes_each_at_his_own_deadline() {
    let (gate, time) = (gate(1), ManualClock::new());
    let clock = time.clock();
    gate.try_enter().expect("free");
    // Not in order, so the whole line has to be looked through.
    let mut waiting = [30, 10, 20, 10].map(|millis| (enter_by(&gate, &clock, millis), millis));
    let woken = [(); 4].map(|()| Arc::new(Count::default()));
    for ((turn, _), woken) in waiting.iter_mut().zip(&woken) {
        assert!(woken.poll(turn).is_pending());
    }
    assert_eq!(time.next_sleeper(), Some(Tick::from_millis(10)));
    for (now, expected) in [(9, [0, 0, 0, 0]), (10, [0, 1, 0, 1]), (20, [0, 1, 1, 1])] {
        time.advance_to(Tick::from_millis(now));
        assert_eq!(woken.each_ref().map(|woken| woken.get()), expected, "at {now} ms");
        assert!(time.sleepers() <= 1, "one timer for all");
        for (turn, millis) in waiting.iter_mut().filter(|(_, millis)| *millis == now) {
            let after = Duration::from_millis(*millis);
            assert_eq!(poll(turn), Poll::Ready(Err(Denied::TooLate { after })));
        }
    }
    assert_eq!(gate.waiting(), 1);
    gate.leave();
    assert_eq!(poll(&mut waiting[0].0), Poll::Ready(Ok(None)));
}

/// Whom an alarm at each of these milliseconds wakes, of those who wait until `deadlines`.
fn woken_at(deadlines: &[u64], alarms: &[u64]) -> Vec<Vec<u64>> {
    let (gate, time) = (gate(1), ManualClock::new());
    let clock = time.clock();
    gate.try_enter().expect("free");
    let woken: Vec<_> = deadlines.iter().map(|_| Arc::new(Count::default())).collect();
    let mut waiting: Vec<_> = deadlines.iter().map(|at| enter_by(&gate, &clock, *at)).collect();
    for (turn, woken) in waiting.iter_mut().zip(&woken) {
        assert!(woken.poll(turn).is_pending());
    }
    let mut known = vec![0; deadlines.len()];
    let mut alarm = |at: &u64| {
        time.advance_to(Tick::from_millis(*at));
        let mut newly = Vec::new();
        for ((deadline, woken), known) in deadlines.iter().zip(&woken).zip(&mut known) {
            if std::mem::replace(known, woken.get()) != woken.get() {
                newly.push(*deadline);
            }
        }
        newly
    };
    alarms.iter().map(&mut alarm).collect()
}

#[test]
fn whoever_is_late_is_woken_in_whatever_order_they_came() {
    assert_eq!(woken_at(&[30, 10], &[10, 30]), [vec![10], vec![30, 10]], "the first is not next");
    assert_eq!(woken_at(&[10, 10, 30], &[10, 30]), [vec![10, 10], vec![10, 10, 30]]);
    assert_eq!(woken_at(&[10, 20, 30], &[25, 30]), [vec![10, 20], vec![10, 20, 30]]);
    assert_eq!(woken_at(&[10, 20, 30], &[9, 40]), [vec![], vec![10, 20, 30]]);
}

#[test]
fn a_place_that_is_there_at_the_deadline_counts() {
    let (gate, time) = (gate(1), ManualClock::new());
    let clock = time.clock();
    gate.try_enter().expect("free");
    let mut late = enter_by(&gate, &clock, 10);
    assert!(poll(&mut late).is_pending());
    time.advance(20 * MS);
    gate.leave();
    assert_eq!(poll(&mut late), Poll::Ready(Ok(None)));
    let mut later = enter_by(&gate, &clock, 20);
    assert_eq!(poll(&mut later), Poll::Ready(Err(Denied::TooLate { after: Duration::ZERO })));
}

#[test]
fn the_timer_is_not_touched_by_who_comes_and_goes() {
    let (gate, time) = (gate(1), ManualClock::new());
    let source = Arc::new(Counting { time: time.clone(), sleeps: AtomicUsize::new(0) });
    let clock = Clock::custom(Shared(Arc::clone(&source)));
    gate.try_enter().expect("free");
    for turn in 0..100 {
        let mut waits = enter_by(&gate, &clock, 30 + turn);
        assert!(poll(&mut waits).is_pending());
        gate.leave();
        assert_eq!(poll(&mut waits), Poll::Ready(Ok(None)));
    }
    assert_eq!(source.sleeps.load(Ordering::Relaxed), 1);
    let mut sooner = enter_by(&gate, &clock, 5);
    assert!(poll(&mut sooner).is_pending());
    assert_eq!(time.next_sleeper(), Some(Tick::from_millis(5)));
}

#[test]
fn who_goes_by_another_clock_has_a_timer_of_his_own() {
    let (gate, one, other) = (gate(1), ManualClock::new(), ManualClock::new());
    let (clock, foreign) = (one.clock(), other.clock());
    gate.try_enter().expect("free");
    let mut native = enter_by(&gate, &clock, 10);
    let mut stranger = enter_by(&gate, &foreign, 5);
    let woken = Arc::new(Count::default());
    assert!(poll(&mut native).is_pending());
    // However often it is polled, what it says does not count here.
    assert!(woken.poll(&mut stranger).is_pending() && woken.poll(&mut stranger).is_pending());
    assert_eq!(one.next_sleeper(), Some(Tick::from_millis(10)));
    one.advance(9 * MS);
    assert_eq!((woken.get(), other.sleepers()), (0, 1));
    other.advance(5 * MS);
    assert_eq!(woken.get(), 1);
    let too_late = |after: u32| Poll::Ready(Err(Denied::TooLate { after: after * MS }));
    assert_eq!(poll(&mut stranger), too_late(5));
    one.advance(MS);
    assert_eq!(poll(&mut native), too_late(10));
}

#[test]
fn a_sleep_that_wakes_as_it_is_polled_does_no_harm() {
    let (gate, time) = (gate(1), ManualClock::new());
    let clock = Clock::custom(Restless(time.clone()));
    gate.try_enter().expect("free");
    let (mut first, mut second) = (enter_by(&gate, &clock, 10), enter_by(&gate, &clock, 20));
    let woken = Arc::new(Count::default());
    assert!(woken.poll(&mut first).is_pending() && woken.poll(&mut second).is_pending());
    assert!(woken.get() > 0, "who waits has to see to it");
    time.advance(10 * MS);
    assert_eq!(poll(&mut first), Poll::Ready(Err(Denied::TooLate { after: 10 * MS })));
    assert!(poll(&mut second).is_pending());
    time.advance(10 * MS);
    assert_eq!(poll(&mut second), Poll::Ready(Err(Denied::TooLate { after: 20 * MS })));
}

/// As under Tokio, when its runtime is shut down: that wakes all timers, and no other can be set.
#[test]
fn a_clock_that_is_going_panics_where_it_is_waited_on_and_not_where_it_wakes() {
    let (gate, going) = (gate(1), Going::default());
    let clock = Clock::custom(going.clone());
    gate.try_enter().expect("free");
    let (mut waits, woken) = (enter_by(&gate, &clock, 10), Arc::new(Count::default()));
    assert!(woken.poll(&mut waits).is_pending());
    let sleeper = going.0.lock().expect("no panic").take().expect("it is waited on");
    sleeper.wake();
    assert_eq!(woken.get(), 1, "it is his business");
    let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut waits)));
    assert!(polled.is_err(), "the clock is gone");
    gate.leave();
    assert_eq!(poll(&mut waits), Poll::Ready(Ok(None)), "the gate is not");
}

/// Its time stands still, and it can be waited on once.
#[derive(Clone, Default)]
struct Going(Arc<Mutex<Option<Waker>>>, Arc<AtomicUsize>);

impl TimeSource for Going {
    fn now(&self) -> Tick {
        Tick::ZERO
    }

    fn sleep_until(&self, _: Tick) -> Sleep {
        let Self(sleeper, asked) = self.clone();
        assert_eq!(asked.fetch_add(1, Ordering::Relaxed), 0, "the runtime is going");
        Sleep::new(std::future::poll_fn(move |cx| {
            *sleeper.lock().expect("no panic") = Some(cx.waker().clone());
            Poll::Pending
        }))
    }
}

/// Counts the sleeps that it is asked for.
struct Counting {
    time: ManualClock,
    sleeps: AtomicUsize,
}

struct Shared(Arc<Counting>);

impl TimeSource for Shared {
    fn now(&self) -> Tick {
        self.0.time.now()
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        self.0.sleeps.fetch_add(1, Ordering::Relaxed);
        self.0.time.sleep_until(at)
    }
}

/// Its sleeps want to be polled again at once, always, as those of a runtime do now and then.
struct Restless(ManualClock);

impl TimeSource for Restless {
    fn now(&self) -> Tick {
        self.0.now()
    }

    fn sleep_until(&self, at: Tick) -> Sleep {
        let time = self.0.clone();
        Sleep::new(std::future::poll_fn(move |cx| {
            if time.now() >= at {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}
