use std::fmt;

use seawall_journal::Record;
use serde_json::Value;

use crate::output::{BOLD, DIM, safe, styled};

/// A record as a line for people: the time, the component, the event, its details.
pub(super) struct Line<'r>(pub(super) &'r Record);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { topic, component, name, protection, namespace, key_hash, detail, .. } = self.0;
        let at = humantime::format_rfc3339_millis(self.0.at());
        let event = topic.rsplit('.').next().unwrap_or(topic);
        let component = format!("{} {}", safe(component), styled(BOLD, safe(name)));
        write!(f, "{} {component} {}", styled(DIM, at), safe(event))?;
        for (name, value) in detail {
            let value = match value {
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            write!(
                f,
                " {}{}",
                styled(DIM, format_args!("{}=", safe(name))),
                quoted(&safe(&value))
            )?;
        }
        let others = [("protection", protection), ("namespace", namespace), ("key_hash", key_hash)];
        for (name, value) in others {
            if let Some(value) = value {
                write!(f, " {}{}", styled(DIM, format_args!("{name}=")), quoted(&safe(value)))?;
            }
        }
        Ok(())
    }
}

/// Returns `text` in quotes if it would be taken for several words.
fn quoted(text: &str) -> String {
    let is_word = !text.is_empty() && !text.contains([' ', '"', '=']);
    if is_word { text.to_owned() } else { format!("{text:?}") }
}
