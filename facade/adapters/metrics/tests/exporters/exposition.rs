//! Reads Prometheus' text format, and checks it as `promtool check metrics` does.

use std::collections::{BTreeMap, BTreeSet};

/// What a scrape has, by the name of each family.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Exposition(pub(crate) BTreeMap<String, Family>);

/// All series of one name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Family {
    pub(crate) help: String,
    pub(crate) kind: String,
    /// The value of each line, by what stands before it: name and labels, sorted.
    pub(crate) lines: BTreeMap<Line, f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
}

impl Line {
    /// Returns the value of a label, or nothing.
    pub(crate) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

const SUFFIXES: [&str; 3] = ["_bucket", "_sum", "_count"];

impl Exposition {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(comment) = line.strip_prefix("# ") {
                let (what, rest) = comment.split_once(' ').expect("a comment has a kind");
                let (name, rest) = rest.split_once(' ').expect("a comment has a name");
                let family = all.0.entry(name.to_owned()).or_default();
                match what {
                    "HELP" => rest.clone_into(&mut family.help),
                    "TYPE" => rest.clone_into(&mut family.kind),
                    what => panic!("unknown comment {what}"),
                }
                continue;
            }
            let (before, value) = line.rsplit_once(' ').expect("a line has a value");
            let line = read_line(before);
            let family = all.family_of(&line.name);
            let family = all.0.get_mut(&family).unwrap_or_else(|| panic!("{before}: no TYPE"));
            let value = value.parse().expect("a number");
            assert_eq!(family.lines.insert(line, value), None, "{before}: twice");
        }
        all
    }

    /// Returns the name of the family that a line belongs to.
    fn family_of(&self, line: &str) -> String {
        let stems = SUFFIXES.iter().filter_map(|suffix| line.strip_suffix(suffix));
        let is_histogram =
            |stem: &&str| self.0.get(*stem).is_some_and(|family| family.kind == "histogram");
        stems.into_iter().find(is_histogram).unwrap_or(line).to_owned()
    }

    /// Returns the sum of the lines of `name` whose labels have these values.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |line: &&Line| {
            line.name == name && labels.iter().all(|(label, value)| line.label(label) == *value)
        };
        let family = &self.0[&self.family_of(name)];
        family.lines.iter().filter(|(line, _)| fits(line)).map(|(_, value)| value).sum()
    }

    /// Returns all lines.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&Line, f64)> {
        self.0.values().flat_map(|family| family.lines.iter().map(|(line, value)| (line, *value)))
    }

    /// Returns everything that is wrong with it.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.0.iter().flat_map(|(name, family)| family.problems(name)).collect()
    }
}

fn read_line(text: &str) -> Line {
    let Some((name, labels)) = text.split_once('{') else {
        return Line { name: text.to_owned(), labels: BTreeMap::new() };
    };
    let mut labels = labels.strip_suffix('}').expect("labels end");
    let mut read = BTreeMap::new();
    while let Some((label, rest)) = labels.split_once("=\"") {
        let mut end = 0;
        while rest.as_bytes()[end] != b'"' {
            end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
        }
        let value = rest[..end].replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
        assert_eq!(read.insert(label.to_owned(), value), None, "{text}: {label} twice");
        labels = rest[end + 1..].trim_start_matches(',');
    }
    assert_eq!(labels, "", "{text}: all of it was read");
    Line { name: name.to_owned(), labels: read }
}

impl Family {
    fn problems(&self, name: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |holds: bool, problem: &str| {
            if !holds {
                problems.push(format!("{name}: {problem}"));
            }
        };
        check(!self.help.is_empty(), "no help text");
        check(is_name(name), "not a valid name in lower case");
        let is_counter = self.kind == "counter";
        check(is_counter == name.ends_with("_total"), "counters, and only they, end in _total");
        check(!name.contains(&self.kind), "the type is in the name");
        for unit in ["milliseconds", "_ms", "minutes", "percent", "kilobytes"] {
            check(!name.contains(unit), "not a base unit");
        }
        for suffix in SUFFIXES {
            // OpenTelemetry's name.
            let is_prescribed = name == "db_client_connection_count";
            check(!name.ends_with(suffix) || is_prescribed, "has a suffix of histograms");
        }
        check(!self.lines.is_empty(), "no series");
        for (line, value) in &self.lines {
            let is_bucket = line.name.ends_with("_bucket") && self.kind == "histogram";
            for label in line.labels.keys() {
                check(is_name(label), "a label is no valid name");
                check(label != "quantile" && !label.starts_with("__"), "a label is reserved");
                check(label != "le" || is_bucket, "a label is reserved");
            }
            check(is_bucket == line.labels.contains_key("le"), "a bucket has no bound");
            check(value.is_finite(), "a value is no number");
            check(!is_counter || (*value >= 0.0 && value.fract() == 0.0), "a count is no count");
            check(!name.ends_with("_ratio") || (0.0..=1.0).contains(value), "a ratio above 1");
        }
        if self.kind == "histogram" {
            self.check_buckets(&mut check);
        }
        problems
    }

    /// Checks that buckets are cumulative and end with the count.
    fn check_buckets(&self, check: &mut impl FnMut(bool, &str)) {
        let mut series: BTreeMap<_, Vec<(f64, f64)>> = BTreeMap::new();
        let mut counts = BTreeMap::new();
        for (line, value) in &self.lines {
            let mut labels = line.labels.clone();
            match labels.remove("le") {
                Some(bound) => {
                    let bound = bound.replace("+Inf", "inf").parse().expect("a bound is a number");
                    series.entry(labels).or_default().push((bound, *value));
                }
                None if line.name.ends_with("_count") => _ = counts.insert(labels, *value),
                None => {}
            }
        }
        for (labels, mut buckets) in series {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            check(buckets.is_sorted_by_key(|(_, count)| *count), "buckets do not add up");
            let last = buckets.last().expect("there is one");
            check(last.0.is_infinite(), "no last bucket");
            check(counts.get(&labels) == Some(&last.1), "the last bucket is not the count");
        }
        let bounds: BTreeSet<_> =
            self.lines.keys().filter_map(|line| line.labels.get("le")).collect();
        check(bounds.len() >= 9, "the buckets are not those of the table");
    }
}

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)
}
