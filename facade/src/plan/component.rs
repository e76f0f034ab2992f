use std::sync::Arc;

use seawall_core::{Component, Driver, InvalidOption};

use crate::build::{AnyBackend, AnyOptions, Common, Instance, OnChange};
use crate::config::{Diagnostic, EffectiveSetting, Place, Problem, SHADOW};

/// A component that settings describe: its backend and its options.
#[derive(Clone)]
pub struct PlannedComponent {
    pub(crate) name: Box<str>,
    pub(crate) backend: Arc<dyn AnyBackend>,
    pub(crate) options: Arc<AnyOptions>,
    /// The options of its shadow, if it has one.
    pub(crate) shadow: Option<Arc<AnyOptions>>,
    pub(crate) common: Common,
    pub(crate) settings: Vec<EffectiveSetting>,
    pub(crate) place: Place,
}

impl PlannedComponent {
    /// Returns the kind of component.
    #[must_use]
    pub fn component(&self) -> Component {
        self.backend.component()
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the backend.
    #[must_use]
    pub fn backend(&self) -> &'static str {
        self.backend.name()
    }

    /// Returns the settings in effect, in the order in which the backend declares them; then those of its
    /// shadow.
    #[must_use]
    pub fn settings(&self) -> &[EffectiveSetting] {
        &self.settings
    }

    /// Returns what its shadow has in place of its own settings: `shadow.window`. Without a shadow, there is
    /// nothing.
    pub fn shadow(&self) -> impl Iterator<Item = &EffectiveSetting> {
        let is_set = self.shadow.is_some();
        self.settings.iter().filter(move |set| is_set && set.is_below(SHADOW))
    }

    /// Returns the place of the component's table.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Returns true if both describe the same component, whatever their settings look like.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.has_same_backend(other)
            && self.options == other.options
            && self.shadow == other.shadow
            && self.common.mode == other.common.mode
    }

    /// Starts the component's shadow, if it has one.
    pub(crate) fn start_shadow(&self, driver: &Driver) -> Result<Option<Instance>, InvalidOption> {
        let Some(options) = &self.shadow else { return Ok(None) };
        let name = format!("{}.{SHADOW}", self.name);
        self.backend.start(&name, options, driver).map(Some)
    }

    /// Returns true if the running shadow, or none, can go on if `self` is replaced by `new`, perhaps with
    /// other options.
    pub(crate) fn keeps_shadow(&self, new: &Self) -> bool {
        match (&self.shadow, &new.shadow) {
            (Some(old), Some(new)) => {
                old == new || self.backend.on_change(old, new) == OnChange::InPlace
            }
            (old, new) => old.is_none() && new.is_none(),
        }
    }

    /// Starts the component.
    pub(crate) fn start(&self, driver: &Driver) -> Result<Instance, InvalidOption> {
        self.backend.start(&self.name, &self.options, driver)
    }

    /// Returns what becomes of the running component if `self` is replaced by `new`.
    #[must_use]
    pub fn on_change(&self, new: &Self) -> OnChange {
        match self.has_same_backend(new) {
            true if self.options == new.options => OnChange::InPlace,
            true => self.backend.on_change(&self.options, &new.options),
            false => OnChange::Restart("it has another backend"),
        }
    }

    /// Changes the running component to `new`, after [`on_change`](Self::on_change) has said that it can
    /// be changed in place.
    pub(crate) fn reconfigure(&self, running: &Instance, new: &Self) -> Result<(), InvalidOption> {
        self.change(running, &self.options, &new.options)
    }

    fn change(
        &self,
        running: &Instance,
        old: &AnyOptions,
        new: &AnyOptions,
    ) -> Result<(), InvalidOption> {
        if old == new { Ok(()) } else { self.backend.reconfigure(running, old, new) }
    }

    /// Changes the running shadow to that of `new`, if it [is kept](Self::keeps_shadow).
    pub(crate) fn reconfigure_shadow(
        &self,
        running: &Instance,
        new: &Self,
    ) -> Result<(), InvalidOption> {
        match (&self.shadow, &new.shadow) {
            (Some(old), Some(options)) if self.keeps_shadow(new) => {
                self.change(running, old, options)
            }
            _ => Ok(()),
        }
    }

    /// Returns the problem that the backend does not accept an option.
    pub(crate) fn problem(&self, invalid: &InvalidOption) -> Problem {
        problem(&self.settings, &self.place, invalid)
    }

    /// Has the running component go by these options again, whatever was changed by other means.
    pub(crate) fn refresh(&self, running: &Instance) {
        // The backend accepted them when it read them.
        let _ = self.backend.reconfigure(running, &self.options, &self.options);
    }

    fn has_same_backend(&self, other: &Self) -> bool {
        (self.component(), self.backend()) == (other.component(), other.backend())
    }
}

impl PartialEq for PlannedComponent {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
            && (&self.name, self.common, &self.settings, &self.place)
                == (&other.name, other.common, &other.settings, &other.place)
    }
}

seawall_core::__debug! {
    impl PlannedComponent: self {
        name: self.name,
        backend: self.backend(),
        settings: self.settings,
    }
}

/// Returns the problem that an option is not accepted, at the place of its setting.
pub(crate) fn problem(
    settings: &[EffectiveSetting],
    place: &Place,
    invalid: &InvalidOption,
) -> Problem {
    let setting = settings.iter().find(|setting| setting.name() == invalid.option());
    let place = setting.and_then(|setting| setting.source().place()).unwrap_or(place);
    Problem::new(place.clone(), Diagnostic::new(invalid.to_string()), "")
}

#[cfg(all(test, feature = "bulkhead"))]
mod tests {
    use super::*;
    use crate::ConfigSource;
    use crate::build::Catalogue;

    fn bulkhead(settings: &str) -> PlannedComponent {
        let reader = ConfigSource::new().toml_str(settings).read().expect("TOML");
        let plan = crate::plan::read(&reader, &Catalogue::default(), None);
        reader.finish().expect("valid");
        plan.components().next().expect("a component").clone()
    }

    #[test]
    fn a_component_is_reconfigured_in_place_unless_it_is_the_same() {
        let [small, same, large] = ["2", "2\nmax_waiting = 1024", "3"]
            .map(|max| bulkhead(&format!("[bulkhead.b]\nmax_concurrent = {max}")));
        assert!(small.is_same(&same), "a default that is written down changes nothing");
        assert_eq!(small.on_change(&large), OnChange::InPlace);
        let running = small.start(&Driver::new()).expect("it starts");
        for (planned, max) in [(&same, 2), (&large, 3)] {
            small.reconfigure(&running, planned).expect("it is valid");
            let bulkhead: &seawall_bulkhead::Bulkhead = running.handle().expect("a bulkhead");
            let status = seawall_core::Backend::status(bulkhead, seawall_core::Tick::default());
            assert_eq!(status.reading("max_concurrent"), Some(max));
        }
    }
}
