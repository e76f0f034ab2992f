use std::future::{Future, poll_fn};
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Weak;
use std::task::Poll;
use std::time::Duration;

use seawall_core::Deadline;
use seawall_store::Store;

use super::SharedStore;

/// The time between contacts with a store that answers: so a store that is away is noticed without calls.
const EVERY: Duration = Duration::from_secs(10);
/// The first and the longest time between contacts with a store that does not answer.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// The time that a contact may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Contacts the store again and again, until it is gone.
pub(super) async fn run(store: Weak<SharedStore>) {
    let mut failures = 0;
    loop {
        let Some(strong) = store.upgrade() else { return };
        let clock = strong.clock().clone();
        let contact = Deadline::new(&clock, clock.now() + TIMEOUT).cut(strong.contact()).await;
        drop(strong);
        let answers = matches!(contact, Some(Ok(_)));
        failures = if answers { 0 } else { failures + 1_u32 };
        let wait = match failures {
            0 => EVERY,
            _ => (RETRY.0 * (1 << (failures - 1).min(8))).min(RETRY.1),
        };
        let ended = clock.now();
        let mut sleep = clock.sleep_until(ended + wait.mul_f64(0.75 + 0.5 * random()));
        poll_fn(|cx| {
            let Some(strong) = store.upgrade() else { return Poll::Ready(()) };
            // While it does not answer, requests that fail are no news.
            match strong.known().is_wanted(cx.waker()) && answers {
                true => Poll::Ready(()),
                false => Pin::new(&mut sleep).poll(cx),
            }
        })
        .await;
        clock.sleep_until(ended + RETRY.0).await;
    }
}

/// Returns a number from 0 to below 1.
fn random() -> f64 {
    (RandomState::new().hash_one(0_u8) >> 11) as f64 / (1_u64 << 53) as f64
}
