use seawall::{Component, Status};
use serde::Serialize;

use crate::history::Counts;

/// How well something works, the worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// No calls, and no trouble.
    #[default]
    Idle,
    Ok,
    /// Some calls are refused or fail, or manual control is in effect.
    Warning,
    /// Most of the calls that are admitted fail.
    Failing,
    /// All calls are refused.
    Refusing,
}

impl Level {
    pub(crate) const ALL: [Self; 5] =
        [Self::Refusing, Self::Failing, Self::Warning, Self::Ok, Self::Idle];

    /// Returns the level of calls that ended like this.
    pub(crate) fn of_calls(counts: &Counts) -> Self {
        let (calls, refused, bad) = (counts.calls(), counts.refused, counts.bad());
        match calls {
            0 => Self::Idle,
            _ if refused == calls => Self::Refusing,
            _ if bad * 2 > calls - refused => Self::Failing,
            _ if (bad + refused) * 100 > calls => Self::Warning,
            _ => Self::Ok,
        }
    }

    /// Returns the level of a component by its state and its manual control, whatever its calls do.
    pub(crate) fn of_status(status: &Status) -> Self {
        let by_state = Self::of_state(status.layer.component(), status.state);
        if status.control.is_empty() { by_state } else { by_state.max(Self::Warning) }
    }

    fn of_state(component: Component, state: &str) -> Self {
        match state {
            "open" | "forced_open" => Self::Refusing,
            "closed" if component != Component::CircuitBreaker => Self::Refusing,
            "half_open" | "recovering" | "partly_open" | "disabled" | "observing" | "degraded"
            | "full" | "used_up" | "exhausted" | "stale" => Self::Warning,
            _ => Self::Idle,
        }
    }
}
