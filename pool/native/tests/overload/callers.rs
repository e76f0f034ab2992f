//! Callers in a loop, on one thread, in virtual time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use seawall_core::Tick;
use seawall_testkit::ManualClock;

pub(crate) type Call<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Task<'a> {
    call: Call<'a>,
    woken: Arc<Flag>,
}

fn task(call: Call<'_>) -> Task<'_> {
    Task { call, woken: Arc::new(Flag(AtomicBool::new(true))) }
}

/// Runs callers that make a `call` again as soon as it has ended, or a millisecond after it was refused
/// at once, until this number of seconds has passed. Tells `record` when each success came.
pub(crate) fn run<'a>(
    time: &'a ManualClock,
    seconds: usize,
    callers: usize,
    call: impl Fn() -> Call<'a>,
    background: Option<impl Future<Output = ()> + 'a>,
    mut record: impl FnMut(Duration),
) {
    let end = Tick::ZERO + Duration::from_secs(u64::try_from(seconds).expect("few"));
    let mut tasks: Vec<Task<'_>> = (0..callers).map(|_| task(call())).collect();
    let mut begun = vec![Tick::ZERO; callers];
    if let Some(background) = background {
        let mut background = Box::pin(background);
        tasks.push(task(Box::pin(std::future::poll_fn(move |cx| {
            background.as_mut().poll(cx).map(|()| unreachable!("the pool is open"))
        }))));
        begun.push(end);
    }
    while time.now() < end {
        let mut has_run = false;
        for (at, running) in tasks.iter_mut().enumerate() {
            if !running.woken.0.swap(false, Ordering::SeqCst) {
                continue;
            }
            has_run = true;
            let waker = Waker::from(Arc::clone(&running.woken));
            let Poll::Ready(succeeded) =
                running.call.as_mut().poll(&mut Context::from_waker(&waker))
            else {
                continue;
            };
            let now = time.now();
            if succeeded {
                record(now.since(Tick::ZERO));
            }
            let again = call();
            *running = if begun[at] == now && !succeeded {
                let pause = time.clock().sleep_until(now + Duration::from_millis(1));
                task(Box::pin(async {
                    pause.await;
                    again.await
                }))
            } else {
                task(again)
            };
            begun[at] = now;
        }
        if !has_run {
            assert!(time.advance_to_next(), "all wait, and nothing will wake them");
        }
    }
}
