use std::collections::BTreeMap;

use seawall::settings::PlannedProtection;
use seawall::{Layer, Plan, Tick};
use serde::Serialize;

use super::Named;
use super::component::ComponentView;
use super::parts::Common;
use crate::history::Counts;
use crate::known::Known;
use crate::level::Level;

#[derive(Serialize)]
pub(super) struct ProtectionView<'d> {
    name: &'d str,
    pub(super) level: Level,
    /// A sentence about why it is not well.
    reason: Option<String>,
    /// False if code has composed it, or the settings do not have it any more.
    in_settings: bool,
    /// In the order in which they are asked.
    layers: Vec<LayerView<'d>>,
    timeout_seconds: Option<f64>,
    deadline_seconds: Option<f64>,
    /// Numbers of retries, hedges and fallbacks.
    extra: &'d BTreeMap<&'static str, u64>,
    #[serde(flatten)]
    common: Common<'d>,
}

#[derive(Serialize)]
struct LayerView<'d> {
    #[serde(flatten)]
    layer: Named<'d>,
    state: Option<&'static str>,
    level: Level,
}

impl<'d> ProtectionView<'d> {
    pub(super) fn new(
        layer: &'d Layer,
        known: &'d Known,
        plan: &'d Plan,
        components: &[ComponentView<'d>],
        now: Tick,
    ) -> Self {
        let name = layer.name().as_str();
        let planned = plan.protections().find(|planned| planned.name() == name);
        let layers = planned.into_iter().flat_map(PlannedProtection::layers);
        let layers: Vec<_> = layers
            .map(|(component, name)| {
                let find = |view: &&ComponentView<'_>| view.is(component, name);
                (component, name, components.iter().find(find))
            })
            .collect();
        let seconds = |time: std::time::Duration| time.as_secs_f64();
        let of_layers = layers.iter().filter_map(|(.., view)| *view);
        let worst = of_layers.max_by_key(|view| view.state_level);
        Self {
            name,
            level: known.series.level,
            reason: reason(known, worst),
            in_settings: planned.is_some(),
            layers: layers
                .iter()
                .map(|(component, name, view)| LayerView {
                    layer: Named { component: component.as_str(), name },
                    state: view.map(ComponentView::state),
                    level: view.map_or(Level::Idle, |view| view.level),
                })
                .collect(),
            timeout_seconds: planned.and_then(PlannedProtection::timeout).map(seconds),
            deadline_seconds: planned.and_then(PlannedProtection::deadline).map(seconds),
            extra: &known.extras,
            common: Common::new(known, now),
        }
    }

    pub(super) fn order(&self) -> impl Ord + use<'d> {
        (std::cmp::Reverse(self.level), self.name)
    }
}

/// Says why a protection is not well: a layer that refuses because of its state, or what its calls do.
fn reason(known: &Known, worst: Option<&ComponentView<'_>>) -> Option<String> {
    if let Some(worst) = worst.filter(|worst| worst.state_level == Level::Refusing) {
        return Some(worst.reason());
    }
    let counts = known.series.recent();
    let level = Level::of_calls(&counts);
    if level < Level::Warning {
        let worst = worst.filter(|worst| worst.state_level == Level::Warning);
        return worst.map(ComponentView::reason);
    }
    let Counts { refused, failure, timed_out, .. } = counts;
    let share = |count: u64| (count * 100).div_ceil(counts.calls().max(1));
    let by = known.refusals.most_first().into_iter().find(|entry| entry.last_minute() > 0);
    let by = by.filter(|_| refused > 0);
    let by = by.map_or(String::new(), |entry| format!(", most by {}", entry.layer));
    let parts = [(refused, "refused", &*by), (failure, "failed", ""), (timed_out, "timed out", "")];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<_> = parts.map(|(n, word, by)| format!("{} % {word}{by}", share(n))).collect();
    Some(format!("in the last 10 s, {}", parts.join(", ")))
}
