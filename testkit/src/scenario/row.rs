use serde::Deserialize;
use serde_json::{Map, Value};

use super::at::At;

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default)]
    source: String,
    pub(super) decided: Option<Reason>,
    pub(super) not_yet: Option<Reason>,
    pub(super) left_out: Option<String>,
    pub(super) wrong: Option<Wrong>,
    #[serde(default = "nothing")]
    options: Value,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
}

/// The reason why a row is not passed as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    pub(super) reason: String,
}

/// Where a row must fail, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrong {
    pub(super) step: usize,
    pub(super) because: String,
}

/// A step of a scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) start: Option<Value>,
    pub(super) at: Option<At>,
    #[serde(default)]
    pub(super) r#do: String,
    pub(super) expect: String,
}

impl Row {
    /// Reads a row from its line.
    ///
    /// # Errors
    /// If the line is not a row, or is incomplete.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let row: Self = serde_json::from_str(line).map_err(|error| error.to_string())?;
        match row.problem() {
            Some(problem) => Err(format!("{}: {problem}", row.id)),
            None => Ok(row),
        }
    }

    fn problem(&self) -> Option<&'static str> {
        let Self { decided, not_yet, wrong, steps, .. } = self;
        let said = [decided.is_some(), not_yet.is_some(), wrong.is_some()];
        let problems = [
            (self.id.is_empty() || self.title.is_empty(), "no id, or no title"),
            (self.source.is_empty() && wrong.is_none(), "no source"),
            (steps.is_empty() && not_yet.is_none(), "no steps, and no reason why not yet"),
            (
                said.into_iter().filter(|said| *said).count() > 1,
                "decided otherwise, not yet, or wrong, one of them",
            ),
            (
                wrong.as_ref().is_some_and(|wrong| wrong.because.is_empty()),
                "no reason why it is wrong",
            ),
            (
                wrong.as_ref().is_some_and(|wrong| !(1..=steps.len()).contains(&wrong.step)),
                "there is no such step to be wrong",
            ),
        ];
        problems.into_iter().find_map(|(is_so, problem)| is_so.then_some(problem))
    }

    /// Returns the options of the row, with those of `start` instead where it has them.
    pub(super) fn options(&self, start: Option<&Value>) -> Value {
        match (&self.options, start) {
            (Value::Object(options), Some(Value::Object(start))) => {
                let mut options = options.clone();
                options.extend(start.clone());
                Value::Object(options)
            }
            (_, Some(start)) => start.clone(),
            (options, None) => options.clone(),
        }
    }
}

fn nothing() -> Value {
    Value::Object(Map::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &str) -> Result<Row, String> {
        Row::read(&format!(r#"{{"id":"R-1","title":"t",{fields}}}"#))
    }

    #[test]
    fn a_row_is_passed_decided_not_yet_or_wrong() {
        for fields in [
            r#""source":"s","steps":[{"expect":"ok"}]"#,
            r#""source":"s","steps":[{"expect":"ok"}],"decided":{"reason":"r"}"#,
            r#""source":"s","not_yet":{"reason":"r"}"#,
            r#""source":"s","steps":[{"expect":"ok"}],"not_yet":{"reason":"r"}"#,
            r#""steps":[{"expect":"ok"}],"wrong":{"step":1,"because":"it is not"}"#,
        ] {
            read(fields).unwrap();
        }
    }

    #[test]
    fn what_leaves_open_what_is_to_be_made_of_it_is_no_row() {
        for (fields, problem) in [
            (r#""source":"s""#, "no steps, and no reason why not yet"),
            (r#""source":"s","decided":{"reason":"r"}"#, "no steps, and no reason why not yet"),
            (r#""steps":[{"expect":"ok"}]"#, "no source"),
            (
                r#""source":"s","not_yet":{"reason":"r"},"decided":{"reason":"r"}"#,
                "decided otherwise, not yet, or wrong, one of them",
            ),
            (
                r#""steps":[{"expect":"ok"}],"wrong":{"step":2,"because":"r"}"#,
                "there is no such step to be wrong",
            ),
            (
                r#""steps":[{"expect":"ok"}],"wrong":{"step":1,"because":""}"#,
                "no reason why it is wrong",
            ),
        ] {
            assert_eq!(read(fields).unwrap_err(), format!("R-1: {problem}"));
        }
        let untitled = Row::read(r#"{"id":"R-1","title":"","source":"s","steps":[]}"#);
        assert_eq!(untitled.unwrap_err(), "R-1: no id, or no title");
    }

    #[test]
    fn what_is_no_row_is_an_error() {
        for (fields, problem) in [
            (r#""source":"s","steps":[{"expect":"ok"}],"decided":"r""#, "struct Reason"),
            (r#""source":"s","steps":[{"expect":"ok","begin":{}}]"#, "unknown field `begin`"),
            (r#""source":"s","stpes":[{"expect":"ok"}]"#, "unknown field `stpes`"),
            (r#""source":"s","steps":[{"do":"S"}]"#, "missing field `expect`"),
            (r#""source":"s","steps":[{"at":1.5,"expect":"ok"}]"#, "whole milliseconds"),
        ] {
            let error = read(fields).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn what_a_step_starts_from_replaces_the_options() {
        let options = |options: &str, start: &str| {
            let row =
                read(&format!(r#""source":"s","options":{options},"steps":[{{"expect":"ok"}}]"#));
            let start: Value = serde_json::from_str(start).unwrap();
            row.unwrap().options(Some(&start)).to_string()
        };
        assert_eq!(options(r#"{"a":1,"b":2}"#, r#"{"b":3}"#), r#"{"a":1,"b":3}"#);
        assert_eq!(options(r#"{"a":1}"#, "{}"), r#"{"a":1}"#);
        assert_eq!(options(r#""a = 1""#, r#""b = 1""#), r#""b = 1""#);
    }
}
