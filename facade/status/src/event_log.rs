use std::collections::VecDeque;

use seawall::{Change, Detail, Event, Layer, Tick, Topic, error_text};

use crate::level::Level;
use crate::recorder::ByLayer;
use crate::text::{shortened, time};

/// The last rare events, the newest last. What happens again and again, as between an open and a half-open
/// circuit, is kept once, with a count.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    kept: VecDeque<Logged>,
    /// The last change of each circuit that is not one of a key.
    changes: ByLayer<(Change, Tick)>,
}

/// An event, and those like it.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) name: String,
    pub(crate) layer: Option<Layer>,
    pub(crate) protection: Option<Layer>,
    /// The key, if events have keys.
    pub(crate) key: Option<String>,
    pub(crate) text: String,
    pub(crate) level: Level,
    pub(crate) count: u64,
    pub(crate) first: Tick,
    pub(crate) last: Tick,
    like: Option<Like>,
}

/// What events have in common that are kept as one.
type Like = (Topic, &'static str, &'static str);

impl EventLog {
    const MAX: usize = 100;
    const MAX_CHANGES: usize = 1024;
    /// The number of last events among which an earlier one like it is looked for.
    const NEAR: usize = 16;

    pub(crate) fn add(&mut self, event: &Event<'_>) {
        if let Detail::Changed(change) = event.detail
            && change.key_hash.is_none()
        {
            self.keep_change(event.layer, change, event.at);
        }
        let (like, text, level) = describe(event);
        let mut logged = Logged {
            name: event.topic.to_string(),
            layer: Some(event.layer.clone()),
            protection: event.protection.cloned(),
            key: event.key.map(|key| shortened(&key.reveal().to_string())),
            text: shortened(&text),
            level,
            count: 1,
            first: event.at,
            last: event.at,
            like,
        };
        let near = self.kept.len().saturating_sub(Self::NEAR);
        let is_like = |known: &Logged| known.like == like && known.layer == logged.layer;
        if like.is_some()
            && let Some(index) = self.kept.iter().skip(near).position(is_like)
            && let Some(known) = self.kept.remove(near + index)
        {
            (logged.count, logged.first) = (known.count + 1, known.first);
        }
        self.push(logged);
    }

    /// Adds what an operator did by the status page and what no event says by whom.
    pub(crate) fn note(&mut self, text: &str, at: Tick) {
        self.push(Logged {
            name: "settings_controlled".to_owned(),
            layer: None,
            protection: None,
            key: None,
            text: shortened(text),
            level: Level::Warning,
            count: 1,
            first: at,
            last: at,
            like: None,
        });
    }

    fn push(&mut self, logged: Logged) {
        if self.kept.len() == Self::MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(logged);
    }

    fn keep_change(&mut self, layer: &Layer, change: Change, at: Tick) {
        let is_newer =
            |(known, _): &(Change, Tick)| known.sequence <= change.sequence || change.sequence <= 1;
        if self.changes.get(layer).is_none_or(is_newer)
            && (self.changes.len() < Self::MAX_CHANGES || self.changes.contains_key(layer))
        {
            self.changes.insert(layer.clone(), (change, at));
        }
    }

    /// Returns the cause of the last change of a circuit.
    pub(crate) fn last_change(&self, layer: &Layer) -> Option<&(Change, Tick)> {
        self.changes.get(layer)
    }

    /// Returns all, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Logged> {
        self.kept.iter().rev()
    }
}

/// Returns what makes events alike, and a sentence.
fn describe(event: &Event<'_>) -> (Option<Like>, String, Level) {
    let topic = event.topic;
    match &event.detail {
        Detail::Changed(change) => {
            let level = match change.to {
                "open" | "forced_open" => Level::Refusing,
                "closed" => Level::Ok,
                _ => Level::Warning,
            };
            let of_key = if change.key_hash.is_some() { " of a key" } else { "" };
            let text = format!("{} → {}{of_key}: {}", change.from, change.to, change.cause);
            (Some((topic, change.from, change.to)), text, level)
        }
        Detail::Controlled { action, by, reason, expires_after, .. } => {
            let expires =
                expires_after.map_or(String::new(), |left| format!(", for {}", time(left)));
            (None, format!("{action} by {by}{expires}: {reason}"), Level::Warning)
        }
        Detail::Lent { elapsed, caller, .. } => {
            let text = format!("after {}, asked for at {caller}", time(*elapsed));
            (Some((topic, "", "")), text, Level::Warning)
        }
        Detail::Degraded { cause, .. } => {
            let cause = cause.map_or_else(
                || topic.name().replace('_', " "),
                |cause| shortened(&error_text(cause)),
            );
            (Some((topic, "", "")), cause, Level::Failing)
        }
        Detail::Reloaded { version, origin, summary, .. } => {
            (None, format!("version {version} ({origin}): {summary}"), Level::Ok)
        }
        Detail::Rejected { version, cause, .. } => {
            (None, format!("version {version} goes on: {cause}"), Level::Failing)
        }
        _ => {
            let level = match topic {
                Topic::AlarmRaised => Level::Refusing,
                Topic::ComponentRecovered | Topic::AlarmCleared => Level::Ok,
                _ => Level::Idle,
            };
            (Some((topic, "", "")), topic.name().replace('_', " "), level)
        }
    }
}
