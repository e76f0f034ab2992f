use std::any::Any;

use seawall_core::{Component, Driver, InvalidOption};

use super::{ComponentBackend, Instance, OnChange};
use crate::config::{SettingDef, Table};

/// A [`ComponentBackend`] of any type.
pub(crate) trait AnyBackend: Send + Sync {
    fn component(&self) -> Component;
    fn name(&self) -> &'static str;
    fn settings(&self) -> &'static [SettingDef];
    fn read(&self, table: &Table<'_>) -> Option<AnyOptions>;
    fn start(
        &self,
        name: &str,
        options: &AnyOptions,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption>;
    fn on_change(&self, old: &AnyOptions, new: &AnyOptions) -> OnChange;
    fn reconfigure(
        &self,
        running: &Instance,
        old: &AnyOptions,
        new: &AnyOptions,
    ) -> Result<(), InvalidOption>;
}

/// The options of a component, of its backend's type.
pub(crate) struct AnyOptions {
    options: Box<dyn Any + Send + Sync>,
    is_same: fn(&dyn Any, &dyn Any) -> bool,
}

impl AnyOptions {
    fn new<O: PartialEq + Send + Sync + 'static>(options: O) -> Self {
        let is_same = |one: &dyn Any, other: &dyn Any| {
            one.downcast_ref::<O>().zip(other.downcast_ref()).is_some_and(|(a, b)| a == b)
        };
        Self { options: Box::new(options), is_same }
    }

    fn typed<O: 'static>(&self) -> &O {
        self.options.downcast_ref().expect("BUG: options of another backend")
    }
}

impl PartialEq for AnyOptions {
    fn eq(&self, other: &Self) -> bool {
        (self.is_same)(&*self.options, &*other.options)
    }
}

impl<B: ComponentBackend> AnyBackend for B {
    fn component(&self) -> Component {
        B::COMPONENT
    }

    fn name(&self) -> &'static str {
        B::NAME
    }

    fn settings(&self) -> &'static [SettingDef] {
        B::SETTINGS
    }

    fn read(&self, table: &Table<'_>) -> Option<AnyOptions> {
        ComponentBackend::read(self, table).map(AnyOptions::new)
    }

    fn start(
        &self,
        name: &str,
        options: &AnyOptions,
        driver: &Driver,
    ) -> Result<Instance, InvalidOption> {
        ComponentBackend::start(self, name, options.typed(), driver)
    }

    fn on_change(&self, old: &AnyOptions, new: &AnyOptions) -> OnChange {
        ComponentBackend::on_change(self, old.typed(), new.typed())
    }

    fn reconfigure(
        &self,
        running: &Instance,
        old: &AnyOptions,
        new: &AnyOptions,
    ) -> Result<(), InvalidOption> {
        ComponentBackend::reconfigure(self, running, old.typed(), new.typed())
    }
}
