//! A bulkhead whose store's replies are tampered with: also the fuzz target of replies.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use seawall_bulkhead_redis::{BulkheadOptions, SharedBulkhead, SharedOptions};
use seawall_core::{Driver, Permit, Tick};
use seawall_testkit::ManualClock;
use seawall_testkit::cluster::{Arrived, Tampered, Tampering};

/// What happens next: calls, time, or something to a reply; which, and how much.
pub(crate) type Step = (u8, u8, u64);

const SECOND: Duration = Duration::from_secs(1);
/// For how long an instance starts calls with the permits of a reply.
const STARTS: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs `steps` with at most `most` calls at once. Returns how many calls were admitted.
///
/// # Panics
/// If a call starts beyond the permits that replies to the bulkhead's own requests can have granted, or the
/// bulkhead asks again and again.
pub(crate) fn play(most: u32, steps: &[Step]) -> usize {
    let time = ManualClock::new();
    time.advance(1000 * SECOND);
    let begin = time.now();
    let store = Arc::new(Tampered::new(time.clock()));
    let options = BulkheadOptions::new("shared").max_concurrent(most);
    let options = SharedOptions::new(options).lease(STARTS + SECOND).longest_call(SECOND).seed(7);
    let bulkhead = SharedBulkhead::start(&options, Arc::clone(&store) as _).expect("valid");
    let bulkhead = bulkhead.with_driver(Driver::new().with_clock(time.clock()));
    let (mut work, mut calls, mut running) =
        (Box::pin(bulkhead.run()), Vec::<Call<'_>>::new(), Vec::new());
    let (mut made, mut admitted) = (0, 0);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    assert!(work.as_mut().poll(&mut cx).is_pending(), "it has got permits");
    for &(what, which, much) in steps {
        match what % 8 {
            0 | 1 => {
                let call = bulkhead.protect().max_wait(Duration::from_millis(much % 500));
                calls.push(Box::pin(async move { call.acquire().await.ok() }));
                made += 1;
            }
            2 => {
                if !running.is_empty() {
                    let ended: Permit<'_, _> =
                        running.swap_remove(usize::from(which) % running.len());
                    ended.success();
                }
            }
            3 => time.advance(Duration::from_millis(much % 1500)),
            _ => store.tamper(Tampering::pick(what, which, much)),
        }
        woken.0.store(true, Ordering::SeqCst);
        let mut rounds = 0;
        while woken.0.swap(false, Ordering::SeqCst) {
            rounds += 1;
            assert!(rounds < 1000, "it goes round and round");
            assert!(work.as_mut().poll(&mut cx).is_pending(), "the bulkhead is there");
            calls.retain_mut(|call| match call.as_mut().poll(&mut cx) {
                Poll::Pending => true,
                Poll::Ready(None) => false,
                Poll::Ready(Some(permit)) => {
                    running.push(permit);
                    admitted += 1;
                    let arrived = store.arrived();
                    let granted = arrived.iter().map(|arrived| granted(arrived, time.now())).max();
                    let granted = granted.unwrap_or(0) as usize;
                    assert!(
                        running.len() <= granted,
                        "{} calls on {granted} permits",
                        running.len()
                    );
                    false
                }
            });
        }
        let passed = usize::try_from(time.now().since(begin).as_millis()).expect("short");
        let most = 16 + 8 * made + passed / 10;
        assert!(store.requests() <= most, "{} requests for {made} calls", store.requests());
    }
    admitted
}

type Call<'a> = Pin<Box<dyn Future<Output = Option<Permit<'a, SharedBulkhead>>> + 'a>>;

/// Returns the permits with which a call can start at `now` by a reply: no more than was asked for, none if it
/// is that to another request, and none when its time is over.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
fn granted(arrived: &Arrived, now: Tick) -> u32 {
    let &[_, _, member, number, _, used, want, _] = &arrived.arguments[..] else {
        panic!("other arguments: {arrived:?}")
    };
    match arrived.reply[..] {
        [0.0, _, permits, _, _, _, of, to]
            if (of, to) == (member, number)
                && (0.0..=want.max(used)).contains(&permits)
                && now < arrived.sent + STARTS =>
        {
            permits as u32
        }
        _ => 0,
    }
}
