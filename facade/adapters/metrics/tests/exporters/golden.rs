use std::fmt::Write;
use std::path::Path;

use crate::exposition::Exposition;
use crate::scenario::Shop;

/// Compares `text` with a file, or writes it with `SEAWALL_UPDATE=1`.
#[track_caller]
pub(crate) fn compare(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("SEAWALL_UPDATE").is_some() {
        return std::fs::write(path, text).expect("it can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{file} is not up to date: SEAWALL_UPDATE=1 cargo test writes it\n{text}"
    );
}

/// Writes families and lines in order; without buckets, of which each histogram has its count.
fn write(exposition: &Exposition) -> String {
    let mut text = String::new();
    for (name, family) in &exposition.0 {
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {}", family.help, family.kind);
        for (line, value) in &family.lines {
            if line.labels.contains_key("le") {
                continue;
            }
            let labels = line.labels.iter().map(|(label, value)| format!("{label}={value:?}"));
            let labels = labels.collect::<Vec<_>>().join(",");
            // The last digits of a sum depend on the order of its addends.
            let value = (value * 1e6).round() / 1e6;
            let _ = writeln!(text, "{}{{{labels}}} {value}", line.name);
        }
    }
    text
}

#[test]
fn both_exporters_expose_the_same_series_which_are_those_of_the_golden_file() {
    let mut shop = Shop::open();
    shop.play();
    let [metrics, telemetry] = [shop.scrape(), shop.collect()].map(|text| Exposition::read(&text));
    compare("tests/exporters/golden.txt", &write(&metrics));
    assert_eq!(write(&telemetry), write(&metrics));
    let bounds = |exposition: &Exposition| {
        exposition
            .lines()
            .map(|(line, value)| (line.clone(), value))
            .filter(|(line, _)| line.labels.contains_key("le"))
            .collect::<Vec<_>>()
    };
    assert_eq!(bounds(&telemetry), bounds(&metrics), "with the same buckets");
}

#[test]
fn what_is_exposed_follows_the_rules_of_prometheus() {
    let mut shop = Shop::open();
    shop.play();
    for text in [shop.scrape(), shop.collect()] {
        assert_eq!(Exposition::read(&text).problems(), Vec::<String>::new());
    }
    let wrong = "# TYPE calls counter\ncalls{le=\"1\"} 1.5\n";
    assert_eq!(Exposition::read(wrong).problems().len(), 5, "each mistake is found");
}

#[test]
fn every_instrument_of_the_table_is_exposed_with_its_attributes() {
    let mut shop = Shop::open();
    shop.play();
    let exposed = Exposition::read(&shop.scrape());
    let names = seawall_telemetry::INSTRUMENTS.iter().map(|known| known.prometheus());
    let missing: Vec<_> = names.filter(|name| !exposed.0.contains_key(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
    for known in seawall_telemetry::INSTRUMENTS {
        let allowed: Vec<_> = known.attributes.iter().map(|name| name.replace('.', "_")).collect();
        for line in exposed.0[&known.prometheus()].lines.keys() {
            let unknown =
                line.labels.keys().find(|label| *label != "le" && !allowed.contains(label));
            assert_eq!(unknown, None, "{}", known.name);
        }
    }
    assert_eq!(exposed.0.len(), seawall_telemetry::INSTRUMENTS.len(), "and nothing else is");
}
