use std::time::Duration;

use seawall::{Error, Infrastructure};

use crate::Failure;
use crate::orders::Orders;

/// Counts the orders at the end of the day, under each form of protection: by name, by handle and by
/// composition, one and several, in tasks and on a thread. Returns the counts, which must agree.
pub(crate) async fn counts(infra: &Infrastructure, orders: &Orders) -> Result<Vec<usize>, Failure> {
    let count = || {
        let orders = orders.clone();
        async move {
            let numbers = tokio::task::spawn_blocking(move || orders.numbers()).await??;
            Ok::<usize, Failure>(numbers.len())
        }
    };
    let audit = infra.protection("audit")?;
    let timeout = Duration::from_secs(2);
    let nightly = infra.compose().name("nightly").bulkhead("reports").timeout(timeout).build()?;
    let mut counts = vec![
        infra.execute_protected("audit", count).await.map_err(Error::boxed)?,
        infra.execute_protected(&audit, count).await.map_err(Error::boxed)?,
        infra.execute_protected(&nightly, count).await.map_err(Error::boxed)?,
        infra.execute_protected(("place_order", &nightly), count).await.map_err(Error::boxed)?,
        tokio::spawn(audit.owned().run_future(count())).await?.map_err(Error::boxed)?,
    ];
    let (infra, orders) = (infra.clone(), orders.clone());
    let on_a_thread = move || {
        let count = || Ok::<usize, Failure>(orders.numbers()?.len());
        Ok::<_, Failure>([
            infra.execute_protected_blocking("audit", count).map_err(Error::boxed)?,
            infra.execute_protected_blocking(&nightly, count).map_err(Error::boxed)?,
            infra
                .execute_protected_blocking(["place_order", "audit"], count)
                .map_err(Error::boxed)?,
        ])
    };
    counts.extend(tokio::task::spawn_blocking(on_a_thread).await??);
    Ok(counts)
}
