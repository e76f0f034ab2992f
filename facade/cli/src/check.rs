use std::process::ExitCode;

use seawall::settings::Plan;
use seawall::{ConfigError, Problem};
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::Check;
use crate::output::{self, BAD, DIM, Failure, GOOD, WARNING, styled};

/// Checks settings, and prints every problem.
pub(crate) fn run(check: &Check, json: bool) -> Result<ExitCode, Failure> {
    let report = match check.sources.plan() {
        Ok(plan) => Report::of_plan(&plan),
        Err(Failure::Config(error)) => Report::of_error(&error, &check.allow_backend),
        Err(other) => return Err(other),
    };
    if json {
        output::json(&report)?;
    } else {
        output::text(&report.text())?;
    }
    Ok(if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What a check has found.
#[derive(Serialize)]
struct Report {
    is_fine: bool,
    problems: Vec<Value>,
    /// Keys of components that were not checked, since another crate has their backend.
    unchecked: Vec<String>,
    /// The numbers of components and protections, if all are known.
    #[serde(skip)]
    found: Option<(usize, usize)>,
    #[serde(skip)]
    lines: Vec<String>,
}

impl Report {
    fn of_plan(plan: &Plan) -> Self {
        let plan = json!(plan);
        let count = |list: &str| plan[list].as_array().map_or(0, Vec::len);
        let found = Some((count("components"), count("protections")));
        Self {
            is_fine: true,
            problems: Vec::new(),
            unchecked: Vec::new(),
            found,
            lines: Vec::new(),
        }
    }

    fn of_error(error: &ConfigError, allowed: &[String]) -> Self {
        let is_allowed = |problem: &&Problem| {
            unknown_backend(problem).is_some_and(|name| allowed.iter().any(|one| one == name))
        };
        let (unchecked, problems): (Vec<_>, Vec<_>) = error.problems().iter().partition(is_allowed);
        let component =
            |problem: &Problem| problem.place.key().trim_end_matches(".backend").to_owned();
        let unknown = problems.iter().find_map(|problem| unknown_backend(problem));
        let advice = unknown.map(|name| {
            format!("if another crate has this backend, accept it: --allow-backend {name}")
        });
        Self {
            is_fine: problems.is_empty(),
            problems: problems.iter().map(|problem| as_json(problem)).collect(),
            unchecked: unchecked.into_iter().map(component).collect(),
            found: None,
            lines: problems.iter().map(|problem| line(problem)).chain(advice).collect(),
        }
    }

    fn text(&self) -> String {
        let mut lines = self.lines.clone();
        let unchecked = |key: &String| format!("{}: {key}", styled(DIM, "not checked"));
        lines.extend(self.unchecked.iter().map(unchecked));
        lines.push(match (self.problems.len(), self.found) {
            (0, Some((components, protections))) => {
                let [components, protections] =
                    [(components, "component"), (protections, "protection")].map(numbered);
                format!("{}: {components}, {protections}", styled(GOOD, "fine"))
            }
            (0, None) => styled(GOOD, "fine, as far as it was checked"),
            (problems, _) => styled(BAD, numbered((problems, "problem"))),
        });
        lines.join("\n")
    }
}

/// Returns the name of the backend, if the problem is that there is none of that name.
fn unknown_backend(problem: &Problem) -> Option<&str> {
    let name = problem.found.strip_prefix('"')?.strip_suffix("\" is not known")?;
    problem.place.key().ends_with(".backend").then_some(name)
}

fn numbered((number, what): (usize, &str)) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Returns the line of a problem, with its place first.
fn line(problem: &Problem) -> String {
    let (line, place) = (problem.to_string(), problem.place.to_string());
    match line.strip_prefix(&place) {
        Some(rest) if !place.is_empty() => format!("{}{rest}", styled(WARNING, place)),
        _ => line,
    }
}

fn as_json(problem: &Problem) -> Value {
    let Problem { place, found, expected, suggestion, .. } = problem;
    json!({
        "source": place.source(),
        "file": place.file(),
        "line": place.line(),
        "column": place.column(),
        "variable": place.variable(),
        "key": place.key(),
        "found": found,
        "expected": expected,
        "suggestion": suggestion,
        "text": problem.to_string(),
    })
}
