mod fake;
mod ordeal;
mod proxy;
mod standstill;
mod storm;

use std::error::Error as StdError;
use std::future::Future;
use std::num::NonZeroU32;
use std::time::Duration;

use seawall_core::pool::{Backoff, Lent, Manage, PoolOptions};
use seawall_core::{Clock, Refusal, RefusalKind};

use crate::Pool;

pub(crate) use self::fake::{Answer, Strangers, server_that};
pub(crate) use self::ordeal::{killed_and_restarted, standing_still};
pub(crate) use self::proxy::Proxy;
pub(crate) use self::standstill::assert_deadlines_hold;
pub(crate) use self::storm::{Op, Reason, Storm, Tally, told_apart};

pub(crate) const MS: Duration = Duration::from_millis(1);

/// Far longer than anything takes, on a busy machine too.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Far longer than a use of a server that answers, also of one of sixty-four that share eight
/// connections: that takes milliseconds.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);

/// By how much a use may outlive its deadline: where two cores are shared with servers, other tests and
/// compilers, whoever is to be woken gets his turn late.
pub(crate) const SLACK: Duration = Duration::from_millis(1500);

/// A pool of at most `max` connections, in no hurry.
pub(crate) fn pool<M: Manage>(manager: M, max: u32) -> Pool<M> {
    with_background(idle_pool(manager, max))
}

/// The same without its background work.
pub(crate) fn idle_pool<M: Manage>(manager: M, max: u32) -> Pool<M> {
    let max = NonZeroU32::new(max).expect("not zero");
    let options = PoolOptions::new()
        .with_max_size(max)
        .with_checkout_timeout(LONG)
        .with_connect_timeout(LONG)
        .with_check_timeout(LONG)
        .with_check_after(Duration::ZERO)
        .with_connect_backoff(Backoff { first: MS, most: MS });
    Pool::new("db", manager, options).expect("good options")
}

/// Runs the background work of `pool`, if there is a runtime.
pub(crate) fn with_background<M: Manage>(pool: Pool<M>) -> Pool<M> {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(pool.maintain());
    }
    pool
}

/// Waits until `what` is so.
#[track_caller]
pub(crate) fn eventually(
    name: &'static str,
    mut what: impl AsyncFnMut() -> bool,
) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let clock = Clock::system();
        let end = clock.now() + LONG;
        while !what().await {
            assert!(clock.now() < end, "{place}: not in {LONG:?}: {name}");
            clock.sleep_until(clock.now() + 5 * MS).await;
        }
    }
}

/// Borrows a connection, which is refused because it cannot be had.
pub(crate) async fn unavailable<M: Manage>(pool: &Pool<M>) -> Refusal {
    let refusal = pool.checkout().await.expect_err("it cannot be had");
    assert_eq!(refusal.kind(), RefusalKind::ResourceUnavailable, "{refusal:?}");
    refusal
}

/// The manager's own error behind `refusal`.
#[track_caller]
pub(crate) fn source<E: StdError + 'static>(refusal: &Refusal) -> &E {
    let source = refusal.source().expect("a source");
    source.downcast_ref().unwrap_or_else(|| panic!("another error: {source:?}"))
}

/// All that is said of `error` and what is behind it, for people and in full.
pub(crate) fn all_words(error: &(dyn StdError + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.map(|error| format!("{error}\n{error:?}\n")).collect()
}

/// All of the pool's places can be taken at once, and not one more.
pub(crate) async fn assert_whole<M: Manage>(pool: &Pool<M>) {
    let is_settled = async || {
        let status = pool.status();
        (status.borrowed, status.connecting, status.waiting) == (0, 0, 0)
    };
    eventually("all is reset or closed", is_settled).await;
    let status = pool.status();
    let mut lent: Vec<Lent<'_, Pool<M>>> = Vec::new();
    for _ in 0..status.max {
        lent.push(pool.checkout().await.expect("there is a place"));
    }
    let refusal = pool.lend().deadline(20 * MS).checkout().await.expect_err("all are out");
    assert_eq!(refusal.kind(), RefusalKind::CheckoutTimeout);
    drop(lent);
    eventually("all is reset", is_settled).await;
    let status = pool.status();
    assert_eq!((status.idle, status.borrowed), (status.max, 0), "{status:?}");
    assert_eq!(status.created, u64::from(status.size) + status.closed.total(), "{status:?}");
}
