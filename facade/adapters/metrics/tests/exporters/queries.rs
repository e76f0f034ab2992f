//! Queries for Prometheus: how they are made of the table, and whether what they ask for is exposed.

use std::collections::BTreeSet;

use promql_parser::label::Matchers;
use promql_parser::parser::{self, Expr, LabelModifier};
use promql_parser::util::{ExprVisitor, walk_expr};
use seawall_telemetry::Instrument;

use crate::exposition::{Exposition, Line};

/// Returns the label that Prometheus has for an attribute.
pub(crate) fn label(attribute: &str) -> String {
    attribute.replace('.', "_")
}

/// What is selected, and by which labels it is put together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Of<'q> {
    pub(crate) filter: &'q str,
    pub(crate) by: &'q str,
    pub(crate) range: &'q str,
}

impl Of<'_> {
    fn sum(self, inner: &str) -> String {
        match self.by {
            "" => format!("sum({inner})"),
            by => format!("sum by ({by}) ({inner})"),
        }
    }

    /// Returns how many there are a second.
    pub(crate) fn rate(self, counter: &Instrument) -> String {
        self.rate_of(&counter.prometheus())
    }

    fn rate_of(self, name: &str) -> String {
        let range = if self.range.is_empty() { "$__rate_interval" } else { self.range };
        self.sum(&format!("rate({name}{{{}}}[{range}])", self.filter))
    }

    /// Returns how many values a histogram has had a second.
    pub(crate) fn rate_of_count(self, histogram: &Instrument) -> String {
        self.rate_of(&(histogram.prometheus() + "_count"))
    }

    /// Returns a quantile of a histogram.
    pub(crate) fn quantile(self, quantile: f64, histogram: &Instrument) -> String {
        let by = [self.by, "le"].into_iter().filter(|by| !by.is_empty()).collect::<Vec<_>>();
        let by = by.join(", ");
        let buckets = Of { by: &by, ..self }.rate_of(&(histogram.prometheus() + "_bucket"));
        format!("histogram_quantile({quantile}, {buckets})")
    }

    /// Returns the current value.
    pub(crate) fn now(self, gauge: &Instrument) -> String {
        self.sum(&format!("{}{{{}}}", gauge.prometheus(), self.filter))
    }
}

/// Returns everything that is wrong with a query, or that it asks for and is not exposed.
pub(crate) fn problems(query: &str, exposed: &Exposition) -> Vec<String> {
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
