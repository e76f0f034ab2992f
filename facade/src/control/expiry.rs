use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Weak;
use std::task::Poll;

use seawall_core::Tick;

use crate::live::Live;

/// Ends manual control when its time is over, for as long as the infrastructure lives.
pub(crate) async fn run(live: Weak<Live>) {
    loop {
        let Some(live) = live.upgrade() else { return };
        let (clock, manual) = (live.driver.clock().clone(), live.manual.clone());
        end_over(&live, clock.now());
        drop(live);
        let until = manual.next_expiry();
        let mut sleep = pin!(async {
            match until {
                Some(until) => clock.sleep_until(until).await,
                None => pending().await,
            }
        });
        poll_fn(|cx| match manual.changed.poll(cx) || sleep.as_mut().poll(cx).is_ready() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
}

/// Ends all that is over.
fn end_over(live: &Live, now: Tick) {
    for target in live.manual.targets(|entry| entry.is_over(now)) {
        for entry in target.release(live, |entry| entry.is_over(now)) {
            entry.tell_end(live, &format!("the time of `{}` is over", entry.action));
        }
    }
}
