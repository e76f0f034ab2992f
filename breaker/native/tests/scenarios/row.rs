use serde::Deserialize;
use serde_json::{Map, Value};

use crate::options::Options;

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Where it is asserted.
    pub(crate) source: String,
    /// Seawall does otherwise, as the steps say.
    pub(crate) decided: Option<Reason>,
    /// Seawall has no such thing yet.
    pub(crate) not_yet: Option<Reason>,
    /// What else is asserted there, which Seawall has no place for.
    pub(crate) left_out: Option<String>,
    #[serde(default)]
    options: Map<String, Value>,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
}

/// Why a row is not passed as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    pub(crate) reason: String,
}

/// One step of a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// A breaker is started anew, with these options instead of the row's; the clock too.
    pub(crate) start: Option<Map<String, Value>>,
    /// When, in milliseconds; for want of it, when the step before was over. Calls that have to last
    /// may begin before zero.
    pub(crate) at: Option<i64>,
    /// The commands.
    #[serde(default)]
    pub(crate) r#do: String,
    /// What is so afterwards.
    pub(crate) expect: String,
}

impl Row {
    /// Reads a row from its line.
    ///
    /// # Errors
    /// If it is none, or leaves open what is to be made of it.
    pub(crate) fn read(line: &str) -> Result<Self, String> {
        let row: Self = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if row.has_steps() == row.not_yet.is_some() {
            return Err(format!("{}: steps or a reason why not yet, one of them", row.id));
        }
        if row.title.is_empty() || row.source.is_empty() {
            return Err(format!("{}: no title, or no source", row.id));
        }
        Ok(row)
    }

    pub(crate) fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The options of the row, but for what `other` says.
    ///
    /// # Errors
    /// If there is no such option.
    pub(crate) fn options(&self, other: Option<&Map<String, Value>>) -> Result<Options, String> {
        let mut options = self.options.clone();
        options.extend(other.cloned().unwrap_or_default());
        serde_json::from_value(Value::Object(options)).map_err(|error| error.to_string())
    }
}
