use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use seawall_core::{Clock, Deadline, Sleep, Tick, TimeSource};
use seawall_testkit::ManualClock;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// A gate of whose gifts those are dropped that nobody wants.
fn gate(places: u32) -> Arc<Gate<u8>> {
    Gate::new(places, None, drop)
}

/// Waits as long as it takes.
fn enter<'g>(gate: &'g Gate<u8>, clock: &'g Clock) -> Turn<'g, u8> {
    gate.enter(Deadline::new(clock, Tick::MAX), Tick::ZERO)
}

/// Waits until so many milliseconds after the clock's origin.
fn enter_by<'g>(gate: &'g Gate<u8>, clock: &'g Clock, millis: u64) -> Turn<'g, u8> {
    gate.enter(Deadline::new(clock, Tick::from_millis(millis)), clock.now())
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn poll<F: Future + Unpin>(self: &Arc<Self>, future: &mut F) -> Poll<F::Output> {
        Pin::new(future).poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn there_are_so_many_places_and_no_more() {
    let gate = gate(2);
    assert_eq!([(); 3].map(|()| gate.try_enter()), [Ok(None), Ok(None), Err(Denied::Full)]);
    assert_eq!(gate.taken(), 2);
    assert!(!gate.leave());
    assert_eq!(gate.try_enter(), Ok(None));
}

#[test]
fn a_place_goes_to_who_has_waited_longest_and_not_to_a_newcomer() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let (mut first, mut second) = (enter(&gate, &clock), enter(&gate, &clock));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    gate.leave();
    assert_eq!(gate.try_enter(), Err(Denied::Full));
    assert!(poll(&mut second).is_pending());
    assert_eq!(poll(&mut first), Poll::Ready(Ok(None)));
    assert_eq!(gate.waiting(), 1);
    gate.leave();
    assert_eq!(poll(&mut second), Poll::Ready(Ok(None)));
    gate.leave();
    assert_eq!((gate.waiting(), gate.taken(), gate.has_queue()), (0, 0, false));
}

#[test]
fn who_goes_away_with_a_place_he_never_saw_hands_it_on() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let (mut first, mut second) = (enter(&gate, &clock), enter(&gate, &clock));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    gate.leave();
    drop(first);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(None)));
}

#[test]
fn what_comes_back_goes_with_its_place_to_who_has_waited_longest() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = [(); 3].map(|()| enter(&gate, &clock));
    waiting.iter_mut().for_each(|turn| assert!(poll(turn).is_pending()));
    assert_eq!(gate.give_back(7), Ok(()));
    let [first, mut second, third] = waiting;
    drop((third, first));
    assert_eq!(poll(&mut second), Poll::Ready(Ok(Some(7))), "handed on by the first");
    assert_eq!(gate.give_back(8), Ok(()));
    assert_eq!((gate.taken(), gate.waiting()), (0, 0));
    assert_eq!(gate.try_enter(), Ok(Some(8)), "it was in front");
}

#[test]
fn who_goes_away_with_what_nobody_wants_leaves_it_in_front_or_has_it_put_away() {
    static PUT_AWAY: AtomicUsize = AtomicUsize::new(0);
    let put_away = |held: u8| PUT_AWAY.store(held.into(), Ordering::Relaxed);
    let (gate, clock) = (Gate::new(2, None, put_away), Clock::system());
    for held in [1, 2] {
        assert!(gate.try_enter().is_ok() && gate.try_enter().is_ok());
        let mut waits = enter(&gate, &clock);
        assert!(poll(&mut waits).is_pending());
        assert_eq!(gate.give_back(held), Ok(()));
        if held == 2 {
            // The other one comes back after it, so it is the one in front.
            assert_eq!(gate.give_back(3), Ok(()));
        } else {
            gate.leave();
        }
        drop(waits);
        assert_eq!((gate.taken(), gate.waiting()), (0, 0));
    }
    assert_eq!(PUT_AWAY.load(Ordering::Relaxed), 3);
    assert_eq!(gate.try_enter(), Ok(Some(2)));
}

#[test]
fn only_one_is_in_front_and_it_is_the_last() {
    let gate = gate(2);
    gate.try_enter().expect("free");
    gate.try_enter().expect("free");
    assert_eq!(gate.give_back(1), Ok(()));
    assert_eq!(gate.give_back(2), Err(1), "to be put away");
    assert_eq!(gate.taken(), 1, "its place is still taken");
    gate.leave();
    assert_eq!([(); 3].map(|()| gate.try_enter()), [Ok(Some(2)), Ok(None), Err(Denied::Full)]);
}

#[test]
fn what_is_in_front_or_was_given_can_be_taken_out() {
    let (gate, clock) = (gate(2), Clock::system());
    assert!(gate.try_enter().is_ok() && gate.try_enter().is_ok());
    let mut waits = enter(&gate, &clock);
    assert!(poll(&mut waits).is_pending());
    assert_eq!([gate.give_back(6), gate.give_back(7)], [Ok(()); 2]);
    assert_eq!(gate.remove(&mut |held| *held > 7), [0_u8; 0]);
    assert_eq!(gate.remove(&mut |held| *held == 6), [6], "was given");
    assert_eq!(gate.remove(&mut |held| *held == 7), [7], "was in front");
    assert_eq!(poll(&mut waits), Poll::Ready(Ok(None)), "the place is still his");
    assert_eq!(gate.try_enter(), Ok(None));
}

#[test]
fn who_has_a_place_may_leave_or_take_what_is_in_front() {
    let gate = gate(2);
    gate.try_enter().expect("free");
    assert_eq!(gate.give_back(7), Ok(()));
    assert_eq!([gate.try_enter_only(), gate.try_enter_only()], [Ok(()); 2]);
    assert_eq!(gate.try_enter_only(), Err(Denied::Full));
    assert_eq!([gate.take_front(), gate.take_front()], [Some(7), None]);
}

#[test]
fn a_full_queue_takes_no_more() {
    let (gate, clock) = (Gate::new(1, Some(1), drop::<u8>), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = enter(&gate, &clock);
    assert!(poll(&mut waiting).is_pending());
    assert_eq!(poll(&mut enter(&gate, &clock)), Poll::Ready(Err(Denied::Full)));
    drop(waiting);
    assert!(poll(&mut enter(&gate, &clock)).is_pending());
}

#[test]
fn no_cycle_of_sizes_makes_a_place_more_or_less() {
    let gate = gate(16);
    (0..16).for_each(|_| _ = gate.try_enter().expect("free"));
    for _ in 0..5 {
        gate.resize(1);
        gate.resize(16);
    }
    assert_eq!((gate.try_enter(), gate.taken()), (Err(Denied::Full), 16));
    gate.resize(2);
    assert_eq!(gate.give_back(1), Err(1), "its place is no more, so nobody finds it in front");
    for _ in 0..14 {
        gate.leave();
        assert_eq!(gate.try_enter(), Err(Denied::Full), "it is still overfull");
    }
    gate.leave();
    assert_eq!((gate.try_enter(), gate.taken()), (Ok(None), 2));
}

#[test]
fn growing_serves_who_waits() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = [(); 3].map(|()| enter(&gate, &clock));
    waiting.iter_mut().for_each(|turn| assert!(poll(turn).is_pending()));
    gate.resize(3);
    let served = waiting.each_mut().map(|turn| poll(turn).is_ready());
    assert_eq!(served, [true, true, false]);
}

#[test]
fn closing_sends_everyone_away_and_is_heard() {
    let (gate, clock) = (gate(1), Clock::system());
    gate.try_enter().expect("free");
    let mut waiting = enter(&gate, &clock);
    let mut news = gate.news();
    assert!(poll(&mut waiting).is_pending() && poll(&mut news).is_pending());
    gate.close();
    assert!(gate.is_closed());
    assert_eq!(poll(&mut waiting), Poll::Ready(Err(Denied::Closed)));
    assert!(poll(&mut news).is_ready());
    assert_eq!(gate.try_enter(), Err(Denied::Closed));
    let mut news = gate.news();
    assert!(poll(&mut news).is_pending());
    assert_eq!(gate.give_back(1), Err(1), "a closed gate keeps nothing");
    assert!(gate.leave(), "it is closed");
    assert!(poll(&mut news).is_ready());
    assert_eq!(gate.taken(), 0);
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
    assert!(poll(&mut native).is_pending() && woken.poll(&mut stranger).is_pending());
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
