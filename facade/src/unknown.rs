use std::fmt;
use std::sync::Arc;

use seawall_core::{Component, ControlError, Layer, Refusal, RefusalKind};

use crate::config::nearest;

/// A name that the settings do not have, or that belongs to a component of another type.
///
/// `Debug` shows the same text as `Display`, so that `?` in `main` prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownName {
    layer: Layer,
    nearest: Option<String>,
    known: Vec<Box<str>>,
    /// If the component exists: why it is not what was asked for.
    mismatch: Option<String>,
}

impl UnknownName {
    /// Names in a message; more are counted only.
    const MAX_LISTED: usize = 12;

    /// Returns the name that was requested.
    #[must_use]
    pub fn name(&self) -> &str {
        self.layer.name()
    }

    /// Returns the most similar configured name, if one is similar enough.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// Returns the configured names of this kind of component, in alphabetical order.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|name| &**name)
    }

    pub(crate) fn new<'n>(
        component: Component,
        name: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> Self {
        let mut known: Vec<Box<str>> = known.map(Box::from).collect();
        known.sort_unstable();
        let nearest = nearest(name, known.iter().map(|name| &**name)).map(str::to_owned);
        Self { layer: Layer::new(component, name), nearest, known, mismatch: None }
    }

    /// The component exists, but as a `found` and not as a `wanted`.
    pub(crate) fn of_type(component: Component, name: &str, found: &str, wanted: &str) -> Self {
        Self::mismatch(component, name, format!(" is a `{found}`, not a `{wanted}`"))
    }

    /// The rate limit exists, but its backend only admits calls.
    pub(crate) fn admits_only(name: &str, backend: &str) -> Self {
        let why = format!(
            ": the backend `{backend}` cannot peek, reserve, refund, reset or exhaust; use \
             `backend = \"native\"`"
        );
        Self::mismatch(Component::RateLimiter, name, why)
    }

    fn mismatch(component: Component, name: &str, why: String) -> Self {
        let layer = Layer::new(component, name);
        Self { layer, nearest: None, known: Vec::new(), mismatch: Some(why) }
    }

    fn list(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.known.is_empty() {
            return f.write_str(" (none are configured)");
        }
        f.write_str(" (configured: ")?;
        for (at, name) in self.known.iter().take(Self::MAX_LISTED).enumerate() {
            write!(f, "{}{name}", if at == 0 { "" } else { ", " })?;
        }
        match self.known.len().saturating_sub(Self::MAX_LISTED) {
            0 => f.write_str(")"),
            more => write!(f, " and {more} more)"),
        }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.mismatch {
            return write!(f, "{}{why}", self.layer);
        }
        write!(f, "{} is not configured", self.layer)?;
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        self.list(f)
    }
}

impl fmt::Debug for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for UnknownName {}

/// What is not configured cannot be controlled.
impl From<UnknownName> for ControlError {
    fn from(unknown: UnknownName) -> Self {
        let layer = unknown.layer.to_string();
        let whole = unknown.to_string();
        let problem = whole.strip_prefix(&layer).unwrap_or(&whole).trim_start().to_owned();
        Self::new(&unknown.layer, problem)
    }
}

/// A call under a name that is not configured never ran.
impl From<UnknownName> for Refusal {
    fn from(unknown: UnknownName) -> Self {
        let refusal = Self::new(RefusalKind::UnknownName, &unknown.layer);
        refusal.with_source(Arc::new(unknown))
    }
}
