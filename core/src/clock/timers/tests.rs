use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::Duration;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// Time that stands still unless told otherwise, and counts the sleeps that it is asked for.
#[derive(Clone, Default)]
struct Hands(Arc<Mutex<Face>>);

#[derive(Default)]
struct Face {
    now: Tick,
    asked: usize,
    sleepers: Vec<(Tick, usize, Waker)>,
}

impl Hands {
    fn advance(&self, time: Duration) {
        let due: Vec<_> = {
            let mut face = self.0.lock().expect("no panic");
            face.now = face.now + time;
            let now = face.now;
            face.sleepers.extract_if(.., |(at, ..)| *at <= now).collect()
        };
        due.into_iter().for_each(|(.., waker)| waker.wake());
    }

    fn asked(&self) -> usize {
        self.0.lock().expect("no panic").asked
    }
}

impl Source for Hands {
    type Sleep = Nap;

    fn now(&self) -> Tick {
        self.0.lock().expect("no panic").now
    }

    fn sleep_until(&self, at: Tick) -> Nap {
        let mut face = self.0.lock().expect("no panic");
        face.asked += 1;
        Nap { hands: self.clone(), at, number: face.asked }
    }
}

/// A sleep that is dropped wakes nothing.
struct Nap {
    hands: Hands,
    at: Tick,
    number: usize,
}

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut face = self.hands.0.lock().expect("no panic");
        if face.now >= self.at {
            return Poll::Ready(());
        }
        face.sleepers.push((self.at, self.number, cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        let mut face = self.hands.0.lock().expect("no panic");
        face.sleepers.retain(|(_, number, _)| *number != self.number);
    }
}

/// Timers that live as long as the test does, and the time they go by.
fn timers() -> (&'static Timers<Hands>, Hands) {
    let hands = Hands::default();
    (Box::leak(Box::new(Timers::new(&hands))), hands)
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Count {
    fn poll(self: &Arc<Self>, timer: &mut Timer<Hands>) -> Poll<()> {
        Pin::new(timer).poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn after(millis: u64) -> Tick {
    Tick::from_millis(millis)
}

#[test]
fn each_timer_expires_at_its_time_and_not_before() {
    let (timers, hands) = timers();
    let times = [30, 10, 20, 10];
    let counts = times.map(|_| Arc::new(Count::default()));
    let mut waits = times.map(|millis| timers.until(after(millis)));
    for (count, timer) in counts.iter().zip(&mut waits) {
        assert!(count.poll(timer).is_pending());
    }
    for now in 1..=30 {
        hands.advance(MS);
        for ((count, timer), at) in counts.iter().zip(&mut waits).zip(times) {
            assert_eq!(count.get(), usize::from(now >= at), "the one of {at} ms at {now} ms");
            assert_eq!(count.poll(timer).is_ready(), now >= at, "the one of {at} ms at {now} ms");
        }
    }
}

#[test]
fn a_timer_whose_time_has_passed_expires_at_its_first_poll() {
    let (timers, hands) = timers();
    hands.advance(5 * MS);
    let (count, mut timer) = (Arc::new(Count::default()), timers.until(after(5)));
    assert_eq!([(); 2].map(|()| count.poll(&mut timer)), [Poll::Ready(()); 2]);
    assert_eq!(hands.asked(), 0);
}

#[test]
fn a_timer_whose_time_has_passed_expires_with_a_scan_that_is_due() {
    let (timers, hands) = timers();
    let (count, mut first) = (Arc::new(Count::default()), timers.until(after(10)));
    assert!(count.poll(&mut first).is_pending());
    // The thread that scans is late.
    hands.0.lock().expect("no panic").now = after(20);
    let (late, mut timer) = (Arc::new(Count::default()), timers.until(after(15)));
    assert!(late.poll(&mut timer).is_pending());
    hands.advance(Duration::ZERO);
    assert_eq!((count.get(), late.get()), (1, 1));
    assert!(late.poll(&mut timer).is_ready());
}

#[test]
fn timers_that_are_dropped_early_set_no_further_sleep() {
    let (timers, hands) = timers();
    let count = Arc::new(Count::default());
    for turn in 0..1000 {
        let mut timer = timers.until(after(50 + turn));
        assert!(count.poll(&mut timer).is_pending());
    }
    assert_eq!((hands.asked(), timers.0[striped::stripe_of_thread()].lock().len()), (1, 0));
    hands.advance(50 * MS);
    assert_eq!((hands.asked(), count.get()), (1, 0), "no timer is left to wake");
}

/// The more timers there are, the less often they are scanned: the last expire together, a little late.
#[test]
fn timers_that_expire_close_together_are_scanned_together() {
    let (timers, hands) = timers();
    let counts = [(); 64].map(|()| Arc::new(Count::default()));
    let mut waits: Vec<_> =
        (0..64).map(|number| timers.until(after(1) + number * Duration::from_nanos(100))).collect();
    for (count, timer) in counts.iter().zip(&mut waits) {
        assert!(count.poll(timer).is_pending());
    }
    let woken = || counts.iter().map(|count| count.get()).sum::<usize>();
    hands.advance(MS);
    assert_eq!((woken(), hands.asked()), (1, 2));
    hands.advance(64 * SCAN_BACKOFF_PER_ENTRY - Duration::from_nanos(1));
    assert_eq!((woken(), hands.asked()), (1, 2));
    hands.advance(Duration::from_nanos(1));
    assert_eq!((woken(), hands.asked()), (64, 2));
}

#[test]
fn a_setting_advances_only_to_an_earlier_time() {
    let mut setting = TimerSetting::NONE;
    assert!(!setting.advance(Tick::MAX));
    assert!(setting.advance(after(5)));
    let set = setting;
    assert!(!setting.advance(after(5)) && !setting.advance(after(6)));
    assert_eq!(setting, set);
    assert!(setting.advance(after(4)));
    assert_eq!(setting.at(), after(4));
}

#[test]
fn a_timer_that_starts_later_may_expire_earlier() {
    let (timers, hands) = timers();
    let counts = [(); 2].map(|()| Arc::new(Count::default()));
    let (mut late, mut early) = (timers.until(after(50)), timers.until(after(5)));
    assert!(counts[0].poll(&mut late).is_pending() && counts[1].poll(&mut early).is_pending());
    hands.advance(5 * MS);
    assert_eq!(counts.each_ref().map(|count| count.get()), [0, 1]);
    hands.advance(45 * MS);
    assert_eq!(counts.each_ref().map(|count| count.get()), [1, 1]);
}

#[test]
fn the_waker_of_the_last_poll_is_woken() {
    let (timers, hands) = timers();
    let counts = [(); 2].map(|()| Arc::new(Count::default()));
    let mut timer = timers.until(after(5));
    assert!(counts[0].poll(&mut timer).is_pending() && counts[1].poll(&mut timer).is_pending());
    hands.advance(5 * MS);
    assert_eq!(counts.each_ref().map(|count| count.get()), [0, 1]);
}

#[test]
fn a_timer_that_is_woken_early_sets_the_sleep_again() {
    let (timers, hands) = timers();
    let (count, mut timer) = (Arc::new(Count::default()), timers.until(after(5)));
    assert!(count.poll(&mut timer).is_pending());
    let list = &timers.0[striped::stripe_of_thread()];
    list.take_all().into_iter().for_each(Waker::wake);
    list.timer.set(&**list);
    assert_eq!((count.get(), hands.0.lock().expect("no panic").sleepers.len()), (1, 0));
    assert!(count.poll(&mut timer).is_pending(), "its time has not come");
    hands.advance(5 * MS);
    assert_eq!((count.get(), count.poll(&mut timer)), (2, Poll::Ready(())));
}

#[test]
fn a_timer_may_be_started_on_one_thread_and_end_on_another() {
    let (timers, hands) = timers();
    let count = Arc::new(Count::default());
    let begun = std::thread::scope(|scope| {
        let begin = |at| {
            let (mut timer, count) = (timers.until(at), Arc::clone(&count));
            assert!(count.poll(&mut timer).is_pending());
            timer
        };
        let threads = [5, 6, 7, 8].map(|at| scope.spawn(move || begin(after(at))));
        threads.map(|thread| thread.join().expect("no panic"))
    });
    let [dropped, mut rest @ ..] = begun;
    drop(dropped);
    hands.advance(8 * MS);
    assert_eq!(count.get(), 3);
    assert!(rest.iter_mut().all(|timer| count.poll(timer).is_ready()));
}

#[test]
fn after_all_were_woken_the_sleep_is_set_to_the_earliest_timer() {
    let (timers, hands) = timers();
    let counts = [(); 3].map(|()| Arc::new(Count::default()));
    let mut waits = [60, 5, 20].map(|millis| timers.until(after(millis)));
    let mut poll_all = || {
        for (count, timer) in counts.iter().zip(&mut waits) {
            assert!(count.poll(timer).is_pending());
        }
    };
    poll_all();
    let list = &timers.0[striped::stripe_of_thread()];
    list.take_all().into_iter().for_each(Waker::wake);
    list.timer.set(&**list);
    poll_all();
    let earliest = hands.0.lock().expect("no panic").sleepers.iter().map(|(at, ..)| *at).min();
    assert_eq!(earliest, Some(after(5)));
    hands.advance(5 * MS);
    assert_eq!(counts.each_ref().map(|count| count.get()), [1, 2, 1]);
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics");
    }
}

#[test]
fn a_waker_that_panics_keeps_no_other_timer_from_expiring() {
    let (timers, hands) = timers();
    let count = Arc::new(Count::default());
    let panics = Waker::from(Arc::new(Panics));
    let (mut first, mut second, mut third) =
        (timers.until(after(5)), timers.until(after(5)), timers.until(after(9)));
    assert!(Pin::new(&mut first).poll(&mut Context::from_waker(&panics)).is_pending());
    assert!(count.poll(&mut second).is_pending() && count.poll(&mut third).is_pending());
    hands.advance(5 * MS);
    assert_eq!(count.get(), 1, "the one that is due with it");
    hands.advance(4 * MS);
    assert_eq!(count.get(), 2, "a later one");
    let mut fresh = timers.until(after(11));
    assert!(count.poll(&mut fresh).is_pending());
    hands.advance(2 * MS);
    assert_eq!(count.get(), 3, "one that starts afterwards");
}

/// One timer is the last of the burst, so that its slot cannot be cut off.
#[test]
fn after_a_burst_a_scan_visits_only_the_timers_that_are_left() {
    const BURST: usize = 100_000;
    let (timers, hands) = timers();
    let count = Arc::new(Count::default());
    let slots = || timers.0[striped::stripe_of_thread()].lock().slots();
    let mut waits: Vec<_> = (0..BURST).map(|_| timers.until(after(50))).collect();
    waits.extend([60, 70].map(|millis| timers.until(after(millis))));
    assert!(waits.iter_mut().all(|timer| count.poll(timer).is_pending()));
    let [mut kept, last] = [waits.pop(), waits.pop()].map(|timer| timer.expect("it is there"));
    drop(waits);
    assert!(slots() > BURST);
    hands.advance(50 * MS);
    assert!(slots() < 100, "{} slots for two timers", slots());
    drop(last);
    let mut fresh = timers.until(after(65));
    assert!(count.poll(&mut fresh).is_pending());
    hands.advance(15 * MS);
    assert_eq!((count.get(), count.poll(&mut fresh)), (1, Poll::Ready(())));
    assert!(count.poll(&mut kept).is_pending());
    hands.advance(5 * MS);
    assert_eq!((count.get(), count.poll(&mut kept)), (2, Poll::Ready(())));
    drop((fresh, kept));
    assert_eq!(timers.0[striped::stripe_of_thread()].lock().len(), 0);
}
