use std::convert::Infallible;

use seawall_core::pool::Manage;

/// Makes things that do something as they are dropped.
pub(crate) struct OnDrops;

#[derive(Default)]
pub(crate) struct OnDrop(Option<Box<dyn FnOnce() + Send>>);

impl OnDrop {
    pub(crate) fn set(&mut self, act: impl FnOnce() + Send + 'static) {
        self.0 = Some(Box::new(act));
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

impl Manage for OnDrops {
    type Resource = OnDrop;
    type Error = Infallible;

    async fn create(&self) -> Result<OnDrop, Infallible> {
        Ok(OnDrop::default())
    }
}
