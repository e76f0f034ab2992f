use seawall_core::Driver;

use crate::config::{Section, Wrong};
use crate::part::Part;

/// A backend that a component can have, under its name in the configuration. Features add backends;
/// they never change which one a name means, or which one is meant without a name: the first.
pub(super) struct Offer {
    pub(super) name: &'static str,
    pub(super) feature: &'static str,
    /// Reads the rest of the table and starts the component; `None` if the feature is off.
    pub(super) start: Option<Start>,
}

/// Starts what a table describes, or reports what is wrong with it.
pub(super) type Start = fn(&Section<'_>, &Driver) -> Option<Part>;

/// Starts what `section` describes with the backend that it names.
pub(super) fn start(section: Section<'_>, offers: &[Offer], driver: &Driver) -> Option<Part> {
    let names: Vec<_> = offers.iter().enumerate().map(|(at, offer)| (offer.name, at)).collect();
    let chosen = section.one_of("backend", &names).or(0);
    let offer = &offers[chosen];
    match offer.start {
        Some(start) => {
            let part = start(&section, driver);
            section.finish();
            part
        }
        None => {
            reject_missing(&section, offer.name, offer.feature);
            None
        }
    }
}

pub(super) fn reject_missing(section: &Section<'_>, backend: &str, feature: &str) {
    let found = format!("`{backend}` is not compiled in");
    section.reject("backend", Wrong::new(found).expected(format!("feature `{feature}` enabled")));
}
