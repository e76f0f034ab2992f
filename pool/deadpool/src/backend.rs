use std::time::Duration;

use seawall_core::pool::{Manage, Pool as Spi};
use seawall_core::{Deadline, Exit, Layer, Refusal, Status, Tick, Verdict};

use crate::item::Item;
use crate::pool::Pool;
use crate::slot::Reason;

impl<M: Manage> Spi for Pool<M> {
    type Resource = M::Resource;
    type Item = Item<M>;

    fn layer(&self) -> &Layer {
        &self.shared.layer
    }

    fn patience(&self) -> Duration {
        self.shared.options.checkout_timeout
    }

    async fn checkout(&self, deadline: Deadline<'_>) -> Result<Item<M>, Refusal> {
        self.shared.checkout(deadline).await
    }

    fn checkin(&self, item: Item<M>, exit: &Exit<'_>) {
        if was_cut(exit) {
            item.close(Reason::Abandoned);
        } else if self.shared.adapter().manager.is_broken(&item) {
            item.close(Reason::Broken);
        } else {
            item.give_back();
        }
    }

    fn status(&self, _now: Tick) -> Status {
        Pool::status(self).to_status(&self.shared.layer)
    }
}

/// Did the use end somewhere in the middle, so that nobody knows what state the resource is in?
fn was_cut(exit: &Exit<'_>) -> bool {
    match exit.verdict() {
        Verdict::Abandoned | Verdict::Superseded | Verdict::Panicked => true,
        Verdict::Success
        | Verdict::Failure
        | Verdict::Overload
        | Verdict::Ignored
        | Verdict::Unused => exit.was_timed_out(),
    }
}
