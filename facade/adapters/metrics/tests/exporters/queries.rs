//! Queries for Prometheus: how they are written, and whether what they ask for is exposed.

use std::collections::BTreeSet;

use promql_parser::label::Matchers;
use promql_parser::parser::{self, Expr, LabelModifier};
use promql_parser::util::{ExprVisitor, walk_expr};
use seawall_telemetry::INSTRUMENTS;

use crate::exposition::{Exposition, Line};
use crate::scenario::Shop;

/// Makes a query of a text, in which `<seawall.calls>` stands for the name that Prometheus has for it.
pub(crate) fn query(text: &str) -> String {
    let mut query = text
        .replace("$protections", "resilience_pipeline_name=~\"$protection\"")
        .replace("$layers", "resilience_strategy_name=~\"$layer\"");
    for known in INSTRUMENTS {
        query = query.replace(&format!("<{}>", known.name), &known.prometheus());
    }
    query
}

/// Returns what is wrong with queries of what both exporters expose of a shop.
pub(crate) fn problems_in_a_scenario(queries: &[String]) -> Vec<String> {
    let mut shop = Shop::open();
    shop.play();
    let exposed = [shop.scrape(), shop.collect()].map(|text| Exposition::read(&text));
    exposed.iter().flat_map(|one| queries.iter().flat_map(|query| problems(query, one))).collect()
}

/// Returns everything that is wrong with a query, or that it asks for and is not exposed.
fn problems(query: &str, exposed: &Exposition) -> Vec<String> {
    let replaced = query
        .replace("$__rate_interval", "5m")
        .replace("$__range", "1h")
        .replace("$protection", ".*")
        .replace("$layer", ".*");
    match parser::parse(&replaced) {
        Err(error) => vec![format!("{query}: {error}")],
        Ok(expression) => {
            let mut check = Check { query, exposed, problems: Vec::new() };
            let _ = walk_expr(&mut check, &expression);
            check.problems
        }
    }
}

struct Check<'q> {
    query: &'q str,
    exposed: &'q Exposition,
    problems: Vec<String>,
}

impl ExprVisitor for Check<'_> {
    type Error = ();

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, ()> {
        match expression {
            Expr::VectorSelector(select) => self.select(select.name.as_deref(), &select.matchers),
            Expr::MatrixSelector(select) => {
                self.select(select.vs.name.as_deref(), &select.vs.matchers);
            }
            Expr::Aggregate(aggregate) => {
                if let Some(LabelModifier::Include(labels)) = &aggregate.modifier {
                    self.group(&aggregate.expr, &labels.labels);
                }
            }
            _ => {}
        }
        Ok(true)
    }
}

impl Check<'_> {
    fn fail(&mut self, problem: &str) {
        self.problems.push(format!("{}: {problem}", self.query));
    }

    fn select(&mut self, name: Option<&str>, matchers: &Matchers) {
        let Some(name) = name else { return self.fail("it selects no name") };
        let of_name: Vec<&Line> =
            self.exposed.lines().map(|(line, _)| line).filter(|line| line.name == name).collect();
        if of_name.is_empty() {
            return self.fail(&format!("{name} is not exposed"));
        }
        let unknown = matchers
            .matchers
            .iter()
            .find(|matcher| !of_name.iter().any(|line| line.labels.contains_key(&matcher.name)));
        if let Some(matcher) = unknown {
            self.fail(&format!("{name} has no label {}", matcher.name));
        }
        let fits = |line: &&Line| {
            let mut all = matchers.matchers.iter();
            all.all(|matcher| matcher.is_match(line.label(&matcher.name)))
        };
        if !of_name.iter().any(fits) {
            self.fail(&format!("no series of {name} is selected"));
        }
    }

    /// Checks that what is grouped has the labels.
    fn group(&mut self, of: &Expr, labels: &[String]) {
        let mut names = Names::default();
        let _ = walk_expr(&mut names, of);
        for label in labels {
            let has = |line: &Line| names.0.contains(&line.name) && line.labels.contains_key(label);
            if !self.exposed.lines().any(|(line, _)| has(line)) {
                self.fail(&format!("it is grouped by {label}, which nothing has"));
            }
        }
    }
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl ExprVisitor for Names {
    type Error = ();

    fn pre_visit(&mut self, expression: &Expr) -> Result<bool, ()> {
        match expression {
            Expr::VectorSelector(select) => self.0.extend(select.name.clone()),
            Expr::MatrixSelector(select) => self.0.extend(select.vs.name.clone()),
            _ => {}
        }
        Ok(true)
    }
}

#[test]
fn a_query_of_what_is_not_exposed_is_found() {
    let text = "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n";
    let exposed = Exposition::read(text);
    let problems = |query| problems(query, &exposed).len();
    assert_eq!(problems("sum by (b) (rate(a_total{b=~\"c|d\"}[$__rate_interval]))"), 0);
    for wrong in [
        "sum(",
        "rate(b_total[5m])",
        "a_total{x=\"y\"}",
        "a_total{b=\"x\"}",
        "sum by (x) (a_total)",
    ] {
        assert!(problems(wrong) > 0, "{wrong}");
    }
}
