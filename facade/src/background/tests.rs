use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use seawall_testkit::ManualClock;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

struct Fixture {
    time: ManualClock,
    background: Arc<Background>,
    run: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Counts how often work was started, and how much of it is there now.
#[derive(Clone, Default)]
struct Counts(Arc<(AtomicUsize, AtomicUsize)>);

struct Present(Counts);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.0.1.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Counts {
    fn start(&self) -> Present {
        self.0.0.fetch_add(1, Ordering::SeqCst);
        self.0.1.fetch_add(1, Ordering::SeqCst);
        Present(self.clone())
    }

    fn read(&self) -> (usize, usize) {
        (self.0.0.load(Ordering::SeqCst), self.0.1.load(Ordering::SeqCst))
    }

    /// Starts work that never ends.
    fn endless(&self) -> impl Fn() -> Work + Send + Sync + 'static {
        let counts = self.clone();
        move || {
            let present = counts.start();
            Box::pin(async move {
                pending::<()>().await;
                drop(present);
            })
        }
    }
}

impl Fixture {
    fn new() -> Self {
        let time = ManualClock::new();
        let background = Arc::new(Background::new(Driver::new().with_clock(time.clock())));
        let run = Box::pin(Arc::clone(&background).run());
        Self { time, background, run }
    }

    fn poll(&mut self) -> Poll<()> {
        self.run.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}

#[test]
fn it_waits_for_work_until_it_is_closed() {
    let mut fixture = Fixture::new();
    assert!(fixture.poll().is_pending(), "work may be added");
    let counts = Counts::default();
    fixture.background.add_endless("watch", counts.endless());
    fixture.background.add("pool", || Box::pin(ready(())));
    assert!(fixture.poll().is_pending());
    assert_eq!(counts.read(), (1, 1));
    fixture.background.close();
    assert!(fixture.poll().is_ready());
    assert_eq!(counts.read(), (1, 0));
    fixture.background.add("late", || panic!("it is closed"));
    assert!(
        Box::pin(Arc::clone(&fixture.background).run())
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
}

#[test]
fn work_of_the_same_name_takes_the_place_of_the_earlier_one() {
    let mut fixture = Fixture::new();
    let (first, second) = (Counts::default(), Counts::default());
    fixture.background.add("pool", first.endless());
    assert!(fixture.poll().is_pending());
    fixture.background.add("pool", second.endless());
    assert!(fixture.poll().is_pending());
    assert_eq!((first.read(), second.read()), ((1, 0), (1, 1)));
}

#[test]
fn closing_lets_work_end_by_itself() {
    let mut fixture = Fixture::new();
    let counts = Counts::default();
    fixture.background.add("pool", counts.endless());
    assert!(fixture.poll().is_pending());
    fixture.background.close();
    assert!(fixture.poll().is_pending(), "it has not ended");
    assert_eq!(counts.read(), (1, 1));
}

#[test]
fn work_that_panics_starts_again_after_a_while() {
    let mut fixture = Fixture::new();
    let (counts, works) = (Counts::default(), Counts::default());
    let started = counts.clone();
    fixture.background.add("watch", move || {
        let _present = started.start();
        Box::pin(async { panic!("in the work") })
    });
    fixture.background.add("pool", works.endless());
    for (nth, wait) in [1, 2, 4, 8, 16, 32, 60, 60].into_iter().enumerate() {
        assert!(fixture.poll().is_pending());
        assert_eq!(counts.read().0, nth + 1);
        fixture.time.advance(SECOND * wait - Duration::from_nanos(1));
        assert!(fixture.poll().is_pending());
        assert_eq!(counts.read().0, nth + 1, "it is not yet time");
        fixture.time.advance(Duration::from_nanos(1));
    }
    assert_eq!(works.read(), (1, 1), "other work goes on");
    fixture.background.add("watch", || Box::pin(ready(())));
    assert!(fixture.poll().is_pending());
}

#[test]
fn a_future_that_is_dropped_loses_nothing() {
    let mut fixture = Fixture::new();
    let counts = Counts::default();
    fixture.background.add("pool", counts.endless());
    assert!(fixture.poll().is_pending());
    fixture.run = Box::pin(Arc::clone(&fixture.background).run());
    assert!(fixture.poll().is_pending());
    assert_eq!(counts.read(), (2, 1));
}

#[test]
fn work_that_fails_is_reported_and_starts_again() {
    let mut fixture = Fixture::new();
    let works = Counts::default();
    fixture.background.add("pool", works.endless());
    let outcomes = Arc::new(AtomicUsize::new(0));
    let added = fixture.background.add_fallible("journal", move || {
        let nth = outcomes.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            match nth {
                0 => Err("the disk is full".into()),
                1 => panic!("number {nth}"),
                _ => Ok(()),
            }
        })
    });
    assert!(added);
    assert!(!fixture.background.add_fallible("journal", || panic!("never started")));
    let status = |fixture: &Fixture| {
        let all = fixture.background.statuses(fixture.time.clock().now());
        let [journal, pool] = <[WorkStatus; 2]>::try_from(all).expect("two of them");
        assert_eq!(pool.name.as_str(), "pool");
        (journal.state, journal.failures, journal.cause, journal.restarts_in)
    };
    assert_eq!(status(&fixture), (WorkState::NotRunning, 0, None, None));
    assert!(fixture.poll().is_pending());
    let full = Some("the disk is full".to_owned());
    assert_eq!(status(&fixture), (WorkState::Failed, 1, full, Some(SECOND)));
    fixture.time.advance(SECOND);
    assert!(fixture.poll().is_pending());
    let panicked = Some("it panicked: number 1".to_owned());
    assert_eq!(status(&fixture), (WorkState::Failed, 2, panicked.clone(), Some(2 * SECOND)));
    fixture.time.advance(2 * SECOND);
    assert!(fixture.poll().is_pending());
    assert_eq!(status(&fixture), (WorkState::Ended, 2, panicked, None));
    assert_eq!(works.read(), (1, 1), "other work goes on");
}

#[test]
fn work_that_has_gone_well_for_a_while_starts_again_soon() {
    let mut fixture = Fixture::new();
    let clock = fixture.time.clock();
    let counts = Counts::default();
    let started = counts.clone();
    fixture.background.add_fallible("journal", move || {
        let (clock, _present) = (clock.clone(), started.start());
        Box::pin(async move {
            clock.sleep_until(clock.now() + 60 * SECOND).await;
            Err("once a minute".into())
        })
    });
    for nth in 1..5 {
        assert!(fixture.poll().is_pending());
        assert_eq!(counts.read().0, nth);
        fixture.time.advance(60 * SECOND);
        assert!(fixture.poll().is_pending());
        fixture.time.advance(SECOND);
    }
}

#[test]
fn work_that_is_not_polled_is_not_running() {
    let mut fixture = Fixture::new();
    fixture.background.add("pool", Counts::default().endless());
    let state = |fixture: &Fixture| fixture.background.statuses(Tick::ZERO)[0].state;
    assert_eq!(state(&fixture), WorkState::NotRunning);
    assert!(fixture.poll().is_pending());
    assert_eq!(state(&fixture), WorkState::Running);
    fixture.run = Box::pin(ready(()));
    assert_eq!(state(&fixture), WorkState::NotRunning);
}

#[test]
fn of_two_futures_one_does_the_work_and_the_other_goes_on_with_it() {
    let mut fixture = Fixture::new();
    let counts = Counts::default();
    fixture.background.add("pool", counts.endless());
    assert!(fixture.poll().is_pending());
    let mut other = Box::pin(Arc::clone(&fixture.background).run());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut poll = || other.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(poll().is_pending());
    assert_eq!(counts.read(), (1, 1), "once");
    let state = |fixture: &Fixture| fixture.background.statuses(Tick::ZERO)[0].state;
    assert_eq!(state(&fixture), WorkState::Running);
    fixture.run = Box::pin(pending());
    assert!(woken.0.swap(false, Ordering::SeqCst), "by the end of the first one");
    assert!(poll().is_pending());
    assert_eq!(counts.read(), (2, 1));
    assert_eq!(state(&fixture), WorkState::Running);
    fixture.background.close();
    assert!(woken.0.load(Ordering::SeqCst) && poll().is_pending(), "a pool ends by itself");
}

#[test]
fn all_futures_end_with_the_work() {
    let mut fixture = Fixture::new();
    let clock = fixture.time.clock();
    fixture.background.add("pool", move || Box::pin(clock.sleep_until(Tick::ZERO + SECOND)));
    assert!(fixture.poll().is_pending());
    let mut other = Box::pin(Arc::clone(&fixture.background).run());
    let mut poll = || other.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    fixture.background.close();
    assert!(poll().is_pending(), "the pool has not ended");
    assert!(fixture.poll().is_pending());
    fixture.time.advance(SECOND);
    assert!(poll().is_pending() && fixture.poll().is_ready() && poll().is_ready());
}

#[test]
fn the_application_and_seawall_take_no_name_from_each_other() {
    let mut fixture = Fixture::new();
    let (own, other) = (Counts::default(), Counts::default());
    let started = own.clone();
    let start = move || {
        let present = started.start();
        Box::pin(async move {
            let _present = present;
            pending().await
        }) as Fallible
    };
    assert!(fixture.background.add_fallible("pool late", start));
    fixture.background.add("pool late", other.endless());
    assert!(fixture.poll().is_pending());
    assert_eq!((own.read(), other.read()), ((1, 1), (1, 1)));
    assert_eq!(fixture.background.statuses(Tick::ZERO).len(), 2);
}

#[test]
fn work_that_panics_as_it_is_dropped_ends_no_other_work() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }
    let mut fixture = Fixture::new();
    let counts = Counts::default();
    fixture.background.add("works", counts.endless());
    fixture.background.add_fallible("panics", || {
        let panics = Panics;
        Box::pin(async move {
            let _panics = &panics;
            pending().await
        })
    });
    assert!(fixture.poll().is_pending());
    fixture.background.close();
    assert!(fixture.poll().is_pending());
    assert_eq!(counts.read(), (1, 1));
}

#[test]
fn endless_work_that_has_ended_is_forgotten_since_what_it_was_for_is_gone() {
    let mut fixture = Fixture::new();
    let ends = || Box::pin(ready(())) as Work;
    fixture.background.add_endless("limiter", ends);
    fixture.background.add("pool", ends);
    fixture.background.add_fallible("mails", || Box::pin(ready(Ok(()))));
    assert!(fixture.poll().is_pending());
    let statuses = fixture.background.statuses(Tick::ZERO);
    let left: Vec<_> = statuses.iter().map(|work| (work.name.as_str(), work.state)).collect();
    assert_eq!(left, [("mails", WorkState::Ended), ("pool", WorkState::Ended)]);
    let counts = Counts::default();
    fixture.background.add_endless("limiter", counts.endless());
    assert!(fixture.poll().is_pending());
    assert_eq!(counts.read(), (1, 1), "there is another of the name");
}

#[test]
fn wakers_that_are_not_used_any_more_are_not_kept() {
    let mut fixture = Fixture::new();
    let wakers: Vec<_> = (0..10).map(|_| Arc::new(Woken::default())).collect();
    for waker in &wakers {
        let waker = Waker::from(Arc::clone(waker));
        assert!(fixture.run.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    let kept = wakers.iter().filter(|waker| Arc::strong_count(waker) > 1).count();
    assert_eq!(kept, 1, "the last one");
    drop(fixture);
    assert!(wakers.iter().all(|waker| Arc::strong_count(waker) == 1));
}

/// Notes that it was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
