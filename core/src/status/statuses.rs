use std::sync::Arc;

use super::Status;

/// Something whose components have statuses: what exporters of metrics read. `seawall::Infrastructure`
/// implements it, as does any function that returns statuses.
///
/// ```
/// use seawall_core::{Driver, Statuses, policy::{Budget, BudgetOptions}};
///
/// let (driver, budget) = (Driver::new(), Budget::start(&BudgetOptions::new("payments"))?);
/// let source = move || vec![budget.status(driver.clock().now())];
/// assert_eq!(source.statuses()[0].state, "available");
/// # Ok::<(), seawall_core::InvalidOption>(())
/// ```
pub trait Statuses: Send + Sync {
    /// Returns the status of every component now.
    fn statuses(&self) -> Vec<Status>;
}

impl<F: Fn() -> Vec<Status> + Send + Sync> Statuses for F {
    fn statuses(&self) -> Vec<Status> {
        self()
    }
}

impl<S: Statuses + ?Sized> Statuses for Arc<S> {
    fn statuses(&self) -> Vec<Status> {
        (**self).statuses()
    }
}
