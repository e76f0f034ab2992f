use std::sync::Arc;

use super::apply::{Next, compose};
use crate::live::{Live, Parts, Running};
use crate::plan::PlanDiff;

impl Live {
    /// Puts everything together again, with the manual control that is in effect now.
    pub(crate) fn recompose(&self) {
        let mut engine = self.engine();
        if self.is_closed() {
            return;
        }
        let (plan, table) = (engine.plan(), self.current());
        let running = |(component, name): &(_, Box<str>)| table.running(*component, name);
        let under = |running: Arc<Running>| match running.under(&self.manual, &self.driver, false) {
            Some(changed) => Arc::new(changed),
            None => running,
        };
        let components = plan.components.keys();
        let components = components.filter_map(|key| Some((key.clone(), under(running(key)?))));
        let parts = Parts { components: components.collect(), budgets: table.budgets.clone() };
        // The same layers were put together before.
        let Ok(snapshots) = compose(self, &mut engine, &plan, &parts) else { return };
        let next = Next { plan: &plan, parts, snapshots };
        let _ = next.put(self, &mut engine, &PlanDiff::default(), &table);
    }
}
