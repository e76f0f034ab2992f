//! A limiter whose store's replies are tampered with: also the fuzz target of replies.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use seawall_core::Driver;
use seawall_ratelimit_redis::{RateLimiter, Rule};
use seawall_testkit::ManualClock;
use seawall_testkit::cluster::{Arrived, Tampered, Tampering};

/// What happens next: calls, time, or something to a reply; which, and how much.
pub(crate) type Step = (u8, u8, u64);

const SECOND: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs `steps` with a limit of `limit` tokens a second. Returns the tokens that calls took.
///
/// # Panics
/// If calls took more tokens than replies to their own requests can have granted, or the limiter asks again and
/// again.
pub(crate) fn play(limit: u32, steps: &[Step]) -> u64 {
    let time = ManualClock::new();
    time.advance(1000 * SECOND);
    let begin = time.now();
    let store = Arc::new(Tampered::new(time.clock()));
    let rule = Rule::new("shared", limit, SECOND);
    let limiter = RateLimiter::start_with_seed(&rule, Arc::clone(&store) as _, 7);
    let driver = Driver::new().with_clock(time.clock());
    let limiter = limiter.expect("a valid rule").with_driver(driver);
    let (mut work, mut calls, mut spent, mut made) = (Box::pin(limiter.run()), Vec::new(), 0, 0);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    assert!(work.as_mut().poll(&mut cx).is_pending(), "it has connected, and has nothing to do");
    for &(what, which, much) in steps {
        match what % 8 {
            0..=2 => {
                let cost = u32::from(which % 3) + 1;
                let call = limiter.protect().cost(cost).max_wait(Duration::from_millis(much % 500));
                let call: Call<'_> = match which % 2 {
                    0 => Box::pin(async move { call.acquire().await.is_ok() }),
                    _ => Box::pin(async move { call.key("ann").acquire().await.is_ok() }),
                };
                calls.push((u64::from(cost), call));
                made += 1;
            }
            3 => time.advance(Duration::from_millis(much % 700)),
            _ => store.tamper(Tampering::pick(what, which, much)),
        }
        woken.0.store(true, Ordering::SeqCst);
        let mut rounds = 0;
        while woken.0.swap(false, Ordering::SeqCst) {
            rounds += 1;
            assert!(rounds < 1000, "it goes round and round");
            assert!(work.as_mut().poll(&mut cx).is_pending(), "the limiter is there");
            calls.retain_mut(|(cost, call)| match call.as_mut().poll(&mut cx) {
                Poll::Pending => true,
                Poll::Ready(admitted) => {
                    spent += if admitted { *cost } else { 0 };
                    false
                }
            });
        }
        let granted: u64 = store.arrived().iter().map(granted).sum();
        assert!(spent <= granted, "{spent} tokens are spent of {granted} that were granted");
        let most = 16
            + 8 * made
            + usize::try_from(time.now().since(begin).as_millis() / 10).expect("short");
        assert!(store.requests() <= most, "{} requests for {made} calls", store.requests());
    }
    spent
}

type Call<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// Returns the tokens that a reply can have granted: no more than was asked for, and none if it is that to
/// another request.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
fn granted(arrived: &Arrived) -> u64 {
    let (want, random) = (arrived.arguments[4], arrived.arguments[8]);
    match arrived.reply[..] {
        [0.0, _, tokens, _, _, _, _, repeated]
            if repeated == random && tokens >= 0.0 && tokens <= want =>
        {
            tokens as u64
        }
        _ => 0,
    }
}
