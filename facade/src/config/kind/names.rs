use serde_json::Value as Json;

use crate::config::raw::Raw;
use crate::config::value::sealed::Parse;
use crate::config::{Diagnostic, Rejected, SettingDef};

/// Names of components: a list of different ones, or one alone. Whether they are configured is checked
/// where all names are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(pub(crate) Vec<String>);

impl Names {
    /// Reads the names, each of which `check` accepts.
    pub(crate) fn parse_each(
        raw: &Raw<'_>,
        check: impl Fn(&str) -> Result<(), Diagnostic>,
    ) -> Result<Self, Rejected> {
        let mut seen: Vec<String> = Vec::new();
        let names = raw.each(|raw| {
            let name = raw.text().ok_or_else(|| raw.is_not("text"))?.trim().to_owned();
            check(&name)?;
            if seen.contains(&name) {
                // A call would enter it twice: pay twice, or wait for itself.
                let wrong = Diagnostic::new(format!("`{name}` is listed twice"));
                return Err(wrong.expected("each name once"));
            }
            seen.push(name.clone());
            Ok(name)
        });
        Ok(Self(names?))
    }
}

/// The name of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameOf(pub(crate) String);

impl Parse for NameOf {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        Ok(Self(raw.text().ok_or_else(|| raw.is_not("text"))?.trim().to_owned()))
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(self.0.as_str())
    }
}

impl Parse for Names {
    fn parse(_: &SettingDef, raw: &Raw<'_>) -> Result<Self, Rejected> {
        Self::parse_each(raw, |_| Ok(()))
    }

    fn plain(&self, _: &Raw<'_>) -> Json {
        Json::from(self.0.clone())
    }
}
