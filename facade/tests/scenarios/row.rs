use serde::Deserialize;

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Where it is asserted.
    source: String,
    /// Seawall does otherwise, as the steps say.
    pub(crate) decided: Option<Reason>,
    /// Seawall has no such thing yet, or not all of it.
    pub(crate) not_yet: Option<Reason>,
    /// In TOML.
    #[serde(default)]
    pub(crate) settings: String,
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
    /// All is built anew, from these settings instead of the row's; the clock starts anew too.
    pub(crate) settings: Option<String>,
    /// When, in milliseconds; for want of it, when the step before was over.
    pub(crate) at: Option<u64>,
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
        if !row.has_steps() && row.not_yet.is_none() {
            return Err(format!("{}: no steps, and no reason why not yet", row.id));
        }
        if row.decided.is_some() && row.not_yet.is_some() {
            return Err(format!("{}: decided otherwise, or not yet, one of them", row.id));
        }
        if row.title.is_empty() || row.source.is_empty() {
            return Err(format!("{}: no title, or no source", row.id));
        }
        Ok(row)
    }

    pub(crate) fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }
}
