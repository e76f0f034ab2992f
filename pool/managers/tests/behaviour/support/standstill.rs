use seawall_core::Clock;
use seawall_core::pool::Manage;

use super::storm::Reason;
use super::{MS, SLACK, told_apart};
use crate::Pool;

/// Asks for eight connections of a pool of four to a server that stands still, two of which are idle: each
/// asker is told at its deadline what took so long, which is `idle` for those that got an idle one.
pub(crate) async fn assert_deadlines_hold<M: Manage>(pool: &Pool<M>, reason: Reason, idle: &str) {
    let deadline = 300 * MS;
    let clock = Clock::system();
    let checkout = || {
        let (pool, clock) = (pool.clone(), clock.clone());
        tokio::spawn(async move {
            let begun = clock.now();
            let result = pool.lend().deadline(deadline).checkout().await;
            let error = seawall_core::Error::<()>::Refused(result.expect_err("it stands still"));
            (told_apart(&error, reason), clock.now().since(begun))
        })
    };
    let mut reasons = Vec::new();
    for task in [(); 8].map(|()| checkout()) {
        let (reason, took) = task.await.expect("no panic");
        assert!(took >= deadline && took < deadline + SLACK, "{took:?}");
        reasons.push(reason);
    }
    let count = |reason: &str| reasons.iter().filter(|found| *found == reason).count();
    assert!(count(idle) >= 2, "the idle ones: {reasons:?}");
    // It depends on the moment which of the others had a place, and whether all of them connect.
    let known = [idle, "connecting took too long", "waiting took too long", "checkout_timeout"];
    assert_eq!(known.map(count).iter().sum::<usize>(), 8, "{reasons:?}");
}
