use std::time::Duration;

use seawall::{Component, Control, Infrastructure};
use serde::Deserialize;

use crate::text;

/// What an operator asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    action: Action,
    /// The kind and the name of the component, for what is done to one.
    component: Option<String>,
    name: Option<String>,
    /// The version to roll back to.
    version: Option<u64>,
    reason: String,
    /// The time after which it ends by itself; null for what is to last until it is released.
    #[serde(default, deserialize_with = "stated")]
    expires_after_seconds: Option<Option<u32>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    ForceOpen,
    ForceClosed,
    Release,
    Reset,
    Reload,
    RollBack,
}

/// Why nothing was done.
#[derive(Debug)]
pub(crate) enum Undone {
    /// The request makes no sense.
    Invalid(String),
    /// It was tried, and is not possible.
    Impossible(String),
}

/// What was done that no event names an operator of.
pub(crate) type Note = Option<String>;

/// Tells null from nothing.
fn stated<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl Command {
    const MAX_REASON: usize = 300;

    /// Does it, which may block: a reload reads files.
    pub(crate) fn run(&self, infra: &Infrastructure, by: &str) -> Result<Note, Undone> {
        let reason = self.reason.trim();
        if reason.is_empty() || reason.len() > Self::MAX_REASON {
            let max = Self::MAX_REASON;
            return Err(Undone::Invalid(format!(
                "`reason` has to be there, of {max} bytes at most"
            )));
        }
        match self.action {
            Action::Reload => self.settings(by, infra.reload()),
            Action::RollBack => {
                let version = self.version.ok_or_else(|| Undone::missing("version"))?;
                self.settings(by, infra.roll_back(version))
            }
            _ => self.component(infra, by, reason),
        }
    }

    fn settings(
        &self,
        by: &str,
        applied: Result<seawall::Applied, seawall::ConfigError>,
    ) -> Result<Note, Undone> {
        let applied = applied.map_err(|error| Undone::Impossible(error.to_string()))?;
        let what = if applied.is_new() { "" } else { ", nothing is different" };
        Ok(Some(format!("{} by {by}{what}: {}", applied.version(), self.reason.trim())))
    }

    fn component(&self, infra: &Infrastructure, by: &str, reason: &str) -> Result<Note, Undone> {
        let kind = self.component.as_deref().ok_or_else(|| Undone::missing("component"))?;
        let name = self.name.as_deref().ok_or_else(|| Undone::missing("name"))?;
        let kinds = [
            Component::CircuitBreaker,
            Component::RateLimiter,
            Component::Bulkhead,
            Component::ConnectionPool,
        ];
        let kind = kinds.into_iter().find(|known| known.as_str() == kind).ok_or_else(|| {
            Undone::Invalid(format!("there is no kind of component `{}`", text::shortened(kind)))
        })?;
        let control = infra.control(by, reason).component(kind, name);
        let done = match self.action {
            Action::ForceOpen => self.lasting(control)?.force_open(),
            Action::ForceClosed => self.lasting(control)?.force_closed(),
            Action::Release => control.release(),
            _ => control.reset(),
        };
        done.map(|()| None).map_err(|error| Undone::Impossible(error.to_string()))
    }

    fn lasting<'i>(&self, control: Control<'i>) -> Result<Control<'i>, Undone> {
        match self.expires_after_seconds {
            None => Err(Undone::missing("expires_after_seconds")),
            Some(None) => Ok(control),
            Some(Some(0)) => {
                Err(Undone::Invalid("`expires_after_seconds` has to be at least 1".to_owned()))
            }
            Some(Some(seconds)) => Ok(control.expires_after(Duration::from_secs(seconds.into()))),
        }
    }
}

impl Undone {
    fn missing(field: &str) -> Self {
        Self::Invalid(format!("`{field}` is missing"))
    }
}
