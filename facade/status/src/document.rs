//! The one document that pages, terminals and programs read. `docs/status-page.md` describes it.

use std::collections::BTreeMap;

use seawall::{
    ConfigStatus, Health, HealthState, Infrastructure, Layer, Plan, PlanDiff, Tick, Version,
};
use serde::Serialize;

use crate::event_log::EventLog;
use crate::level::Level;
use crate::past::Past;

mod component;
mod event;
mod parts;
mod protection;

use self::component::ComponentView;
use self::event::EventView;
use self::protection::ProtectionView;

/// The number of the format: another one if a reader of this one could misread it.
pub(crate) const FORMAT: u32 = 1;

#[derive(Serialize)]
pub(crate) struct Document<'d> {
    format: u32,
    title: &'d str,
    namespace: Option<&'d str>,
    uptime_seconds: f64,
    level: Level,
    health: HealthView<'d>,
    protections_by_level: BTreeMap<Level, usize>,
    components_by_level: BTreeMap<Level, usize>,
    protections: Vec<ProtectionView<'d>>,
    components: Vec<ComponentView<'d>>,
    events: Vec<EventView<'d>>,
    config: ConfigView,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<SettingsView<'d>>,
}

/// Whether the service can do its work.
#[derive(Serialize)]
struct HealthView<'d> {
    state: HealthState,
    is_ready: bool,
    seconds: f64,
    reasons: &'d [String],
}

/// Which settings are in effect.
#[derive(Serialize)]
struct ConfigView {
    version: u64,
    is_stale: bool,
    /// What is wrong with the settings that were refused, a line for each.
    problems: Vec<String>,
    refused_seconds_ago: Option<f64>,
}

/// The settings in effect and where each comes from, and the versions before: large, and changes seldom.
#[derive(Serialize)]
pub(crate) struct SettingsView<'d> {
    versions: Vec<VersionView<'d>>,
    plan: &'d Plan,
}

#[derive(Serialize)]
struct VersionView<'d> {
    number: u64,
    seconds_ago: f64,
    origin: String,
    summary: String,
    difference: &'d PlanDiff,
}

/// What a document is made of.
pub(crate) struct Sources<'d> {
    pub(crate) title: &'d str,
    pub(crate) infra: &'d Infrastructure,
    pub(crate) past: &'d Past,
    pub(crate) log: &'d EventLog,
    pub(crate) plan: &'d Plan,
    pub(crate) config: &'d ConfigStatus,
    pub(crate) health: &'d Health,
    /// The versions, for a document with the settings.
    pub(crate) versions: Option<&'d [Version]>,
}

impl<'d> Document<'d> {
    pub(crate) fn new(sources: &'d Sources<'d>) -> Self {
        let Sources { title, infra, past, log, plan, config, health, versions } = *sources;
        let mut components: Vec<_> = past
            .statuses
            .iter()
            .filter_map(|status| {
                Some(ComponentView::new(status, past.known(&status.layer)?, log, past.at))
            })
            .collect();
        let mut protections: Vec<_> = past
            .shown_protections()
            .map(|(layer, known)| ProtectionView::new(layer, known, plan, &components, past.at))
            .collect();
        components.sort_by_key(ComponentView::order);
        protections.sort_by_key(ProtectionView::order);
        let by_level = |levels: &mut dyn Iterator<Item = Level>| {
            let mut counts: BTreeMap<_, _> = Level::ALL.map(|level| (level, 0)).into();
            levels.for_each(|level| *counts.entry(level).or_default() += 1);
            counts
        };
        let config = ConfigView::new(config, past.at);
        let levels = components.iter().map(|view| view.level);
        let levels = levels.chain(protections.iter().map(|view| view.level));
        let of_config = if config.is_stale { Level::Warning } else { Level::Idle };
        Self {
            format: FORMAT,
            title,
            namespace: infra.driver().namespace().map(seawall::Name::as_str),
            uptime_seconds: past.uptime().as_secs_f64(),
            level: levels.chain([of_config]).max().unwrap_or_default(),
            health: HealthView {
                state: health.state,
                is_ready: health.is_ready(),
                seconds: rounded(health.since.as_secs_f64()),
                reasons: &health.reasons,
            },
            protections_by_level: by_level(&mut protections.iter().map(|view| view.level)),
            components_by_level: by_level(&mut components.iter().map(|view| view.level)),
            protections,
            components,
            events: log.newest_first().map(|logged| EventView::new(logged, past.at)).collect(),
            config,
            settings: versions.map(|versions| SettingsView {
                versions: versions.iter().rev().map(|one| VersionView::new(one, past.at)).collect(),
                plan,
            }),
        }
    }
}

impl ConfigView {
    fn new(config: &ConfigStatus, now: Tick) -> Self {
        let rejected = config.rejected();
        let problems = |rejected: &seawall::Rejected| -> Vec<_> {
            rejected.error().problems().iter().map(ToString::to_string).collect()
        };
        Self {
            version: config.version().number(),
            is_stale: config.is_stale(),
            problems: rejected.map(problems).unwrap_or_default(),
            refused_seconds_ago: rejected.map(|rejected| seconds_ago(rejected.at(), now)),
        }
    }
}

impl<'d> VersionView<'d> {
    fn new(version: &'d Version, now: Tick) -> Self {
        Self {
            number: version.number(),
            seconds_ago: seconds_ago(version.at(), now),
            origin: version.origin().to_string(),
            summary: version.to_string(),
            difference: version.difference(),
        }
    }
}

/// The kind and the name of a component.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Named<'d> {
    component: &'static str,
    name: &'d str,
}

impl<'d> From<&'d Layer> for Named<'d> {
    fn from(layer: &'d Layer) -> Self {
        Self { component: layer.component().as_str(), name: layer.name().as_str() }
    }
}

fn seconds_ago(at: Tick, now: Tick) -> f64 {
    rounded(now.since(at).as_secs_f64())
}

/// Rounds to microseconds, which is shorter.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}
