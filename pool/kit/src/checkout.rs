use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use seawall_core::pool::{Manage, Stage, Terms, TooSlow};
use seawall_core::{Deadline, Refusal, RefusalKind};

use crate::cut::{Cut, Stages, TooLong};
use crate::gate::Denied;
use crate::item::Item;
use crate::parcel::Parcel;
use crate::place::Place;
use crate::rack::Rack;
use crate::reason::Reason;
use crate::shared::Shared;
use crate::taken::Taken;
use crate::trouble::not_quietly;
use crate::wait::Wait;

impl<M: Manage, K: Rack<Resource = M::Resource>> Shared<M, K> {
    /// Lends a resource on these `terms`, or says why not.
    pub(crate) async fn checkout(&self, terms: Terms<'_>) -> Result<Item<K>, Refusal> {
        let stages = self.stages(terms.deadline);
        let (place, mut ready) = match self.gate.try_enter() {
            Ok(ready) => (Place::new(self), ready),
            Err(Denied::Full) if terms.may_wait => self.wait(terms).await?,
            Err(denied) => return Err(self.denied(denied)),
        };
        let taken = loop {
            let mut taken = match ready {
                Some(parcel) => Taken::new(parcel),
                None => self.take_off(stages).await?,
            };
            if taken.is_empty() {
                self.connect(&mut taken, stages).await?;
                break taken;
            }
            if self.renew(&mut taken, stages).await? {
                break taken;
            }
            ready = self.gate.take_front();
        };
        self.ring_if_few_are_idle();
        let item = Item::new(taken.into_parcel());
        place.give();
        Ok(item)
    }

    /// How the stages of a checkout are run that has until `deadline`.
    pub(crate) fn stages<'a>(&'a self, deadline: Deadline<'a>) -> Stages<'a, Parcel<K>> {
        Stages { deadline, gate: &self.gate, ledger: &self.ledger }
    }

    /// A place, when there is one, with what comes back with it.
    async fn wait(
        &self,
        Terms { deadline, since, .. }: Terms<'_>,
    ) -> Result<(Place<'_, M, K>, Option<Parcel<K>>), Refusal> {
        let now = since.unwrap_or_else(|| deadline.clock().now());
        let wait = Wait::begin(self, deadline.clock(), now);
        match self.gate.enter(deadline, now).await {
            Ok(ready) => Ok((wait.place(), ready)),
            Err(Denied::Full) => {
                wait.was_none();
                Err(self.denied(Denied::Full))
            }
            Err(denied) => Err(self.denied(denied)),
        }
    }

    /// What the rack or the stash has, or came to the front meanwhile; or an empty slot.
    async fn take_off(&self, stages: Stages<'_, Parcel<K>>) -> Result<Taken<K>, Refusal> {
        let taken = self.take_off_rack(stages).await?;
        if !taken.is_empty() || !self.gate.has_front() {
            return Ok(taken);
        }
        // Nobody has two slots at a time: the rack has no more than there are places.
        drop(taken);
        match self.gate.take_front() {
            Some(parcel) => Ok(Taken::new(parcel)),
            None => self.take_off_rack(stages).await,
        }
    }

    async fn take_off_rack(&self, stages: Stages<'_, Parcel<K>>) -> Result<Taken<K>, Refusal> {
        let taken = stages.run(None, pin!(self.rack.take())).await;
        let held = taken.map_err(|cut| self.cut(Stage::Waiting, cut))?;
        let mut taken = Taken::new(Parcel::wrap(held));
        self.stash.exchange(&mut taken, self.options.order);
        Ok(taken)
    }

    /// Makes sure that what was taken is good, or closes it and says no.
    async fn renew(
        &self,
        taken: &mut Taken<K>,
        stages: Stages<'_, Parcel<K>>,
    ) -> Result<bool, Refusal> {
        if self.ages.matter()
            && let Some(reason) = taken.age().is_over(stages.deadline.clock().now())
        {
            taken.borrow(reason);
            taken.close(reason);
            return Ok(false);
        }
        taken.borrow(Reason::CutCheck);
        let limit = self.options.check_timeout.min(self.options.checkout_timeout);
        let check = stages.run(Some(limit), pin!(self.manager.check(taken.get_mut()))).await;
        let (stage, renewed) = match check {
            Ok(Ok(())) => {
                let reset =
                    stages.run(Some(limit), pin!(self.manager.reset(taken.get_mut()))).await;
                (Stage::Resetting, reset)
            }
            bad => (Stage::Checking, bad),
        };
        match renewed {
            Ok(Ok(())) => {
                taken.end_check();
                Ok(true)
            }
            Ok(Err(error)) => {
                self.trouble.not_good(Arc::new(error));
                taken.close(Reason::FailedCheck);
                Ok(false)
            }
            Err(cut) => {
                taken.close(Reason::CutCheck);
                if let Cut::TooLong(TooLong { after, is_all, era }) = cut {
                    // A caller may have little time; that says nothing of the other resources.
                    if after >= limit {
                        self.condemn(era);
                    }
                    if !is_all {
                        return Ok(false);
                    }
                }
                Err(self.cut(stage, cut))
            }
        }
    }

    async fn connect(
        &self,
        taken: &mut Taken<K>,
        stages: Stages<'_, Parcel<K>>,
    ) -> Result<(), Refusal> {
        let connecting = self.ledger.books.connecting();
        let create = not_quietly(&self.trouble, async { self.manager.create().await });
        let created = stages.run(Some(self.options.connect_timeout), pin!(create)).await;
        drop(connecting);
        match created {
            Ok(Ok(resource)) => {
                self.trouble.connected();
                taken.fill(resource, self.ages.of_new(stages.deadline.clock(), &self.chance));
                Ok(())
            }
            Ok(Err(error)) => {
                let error = Arc::new(error);
                self.trouble.not_connected(Some(Arc::clone(&error)));
                self.bell.ring();
                Err(self.refuse(RefusalKind::ResourceUnavailable).with_source(error))
            }
            Err(cut) => {
                let refusal = self.cut(Stage::Connecting, cut);
                self.bell.ring();
                Err(refusal)
            }
        }
    }

    fn denied(&self, denied: Denied) -> Refusal {
        match denied {
            Denied::Full => {
                let places = self.ledger.places();
                self.refuse(RefusalKind::PoolFull).with_limit(places.into())
            }
            Denied::Closed => self.refuse(RefusalKind::ShuttingDown),
            Denied::TooLate { after } => self.too_slow(Stage::Waiting, after),
        }
    }

    fn cut(&self, stage: Stage, cut: Cut) -> Refusal {
        match cut {
            Cut::Closed => self.refuse(RefusalKind::ShuttingDown),
            Cut::TooLong(TooLong { after, .. }) => self.too_slow(stage, after),
        }
    }

    /// The deadline came when `stage` had lasted for `after`.
    fn too_slow(&self, stage: Stage, after: Duration) -> Refusal {
        let last_error = self.trouble.connect_error().map(|error| error as Arc<_>);
        if stage == Stage::Waiting && !self.all_are_connecting() {
            let refusal = self.refuse(RefusalKind::CheckoutTimeout);
            let refusal = refusal.with_limit(self.ledger.places().into());
            return match last_error {
                Some(error) => refusal.with_source(error),
                None => refusal,
            };
        }
        if stage == Stage::Connecting {
            self.trouble.not_connected(None);
        }
        let slow = TooSlow::new(stage, after).with_last_error(last_error);
        self.refuse(RefusalKind::ResourceUnavailable).with_source(Arc::new(slow))
    }

    /// Is there nobody who could give a resource back, since what is behind the pool is down? Then
    /// it is not the pool that is too small.
    fn all_are_connecting(&self) -> bool {
        self.trouble.is_down() && self.ledger.books.size() == 0
    }
}
