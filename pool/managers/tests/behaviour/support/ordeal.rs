//! What a server goes through under a storm, and what has to be so after it.

use seawall_core::pool::Manage;

use super::{DEADLINE, MS, Op, Reason, Storm, Tally, assert_whole, pool};

/// It is killed under sixty-four tasks that share eight connections, and restarted: the pool is whole
/// again, and no failure has another reason than these.
pub(crate) async fn killed_and_restarted<M: Manage, S>(
    server: &mut S,
    [kill, restart]: [fn(&mut S); 2],
    manager: M,
    op: Op<M::Resource>,
    reason: Reason,
    reasons: &[&str],
) {
    let pool = pool(manager, 8);
    let storm = Storm::on(&pool, DEADLINE, op, reason);
    storm.until(500, |tally| tally.succeeded).await;
    storm.until_inside(8).await;
    kill(server);
    storm.until(64, |tally| tally.failed_by("refused: Unreachable")).await;
    restart(server);
    assert_eq!(storm.take_most_inside(), 8, "all of the places were used, and not one more");
    storm.until(500, |tally| tally.succeeded).await;
    storm.until_inside(8).await;
    let tally = storm.end().await;

    assert_eq!(tally.most_inside, 8, "nor is one lost or won after that");
    let unknown = tally.failed.keys().find(|reason| !reasons.contains(&reason.as_str()));
    assert_eq!(unknown, None, "no failure is called a timeout: {tally:?}");
    let refused = tally.failed() - tally.failed_by("failed: \"lost\"");
    assert!(pool.status().failed_connects <= refused, "no connect is begun for each caller");
    assert_whole(&pool).await;
}

/// It stands still under them for a while: none of them waits for longer than its deadline.
pub(crate) async fn standing_still<M: Manage, S>(
    server: &S,
    [stop, resume]: [fn(&S); 2],
    manager: M,
    op: Op<M::Resource>,
    reason: Reason,
) {
    let pool = pool(manager, 8);
    let deadline = 500 * MS;
    let storm = Storm::on(&pool, deadline, op, reason);
    storm.until(500, |tally| tally.succeeded).await;
    stop(server);
    storm.until(64, Tally::failed).await;
    resume(server);
    storm.until(500, |tally| tally.succeeded).await;
    let tally = storm.end().await;

    assert!(tally.slowest >= deadline, "who was cut had his time: {tally:?}");
    assert_whole(&pool).await;
}
