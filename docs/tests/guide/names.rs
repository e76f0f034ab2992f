//! Names in prose are names of the code.

use seawall::Topic;

use crate::blocks::crates;
use crate::pages::{Page, root, under};

#[test]
fn every_event_and_metric_that_a_page_names_exists() {
    let mut known: Vec<_> = Topic::ALL.iter().map(|(topic, ..)| topic.to_string()).collect();
    // Another test compares this page with the instruments.
    let metrics = Page::read(root().join("docs/metrics.md")).text;
    let rows = metrics.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    known.extend(rows.map(str::to_owned));
    // Records of the journal about itself.
    known
        .extend(["seawall.journal.events_lost", "seawall.journal.not_restored"].map(str::to_owned));
    let mut wrong = Vec::new();
    for page in under(root()) {
        let names = page.text.split(|c: char| !(c.is_ascii_lowercase() || c == '.' || c == '_'));
        for name in names.map(|name| name.trim_matches('.')) {
            let is_name = name.starts_with("seawall.")
                && name.split('.').count() == 3
                && name != "seawall.schema.json";
            if is_name && !known.iter().any(|known| known == name) {
                wrong.push(format!("{}: {name}", page.shown()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_published_crate_is_in_the_readme_and_in_the_diagram() {
    let readme = Page::read(root().join("README.md")).text;
    let diagram = Page::read(root().join("docs/architecture.md")).text;
    for (name, manifest) in crates() {
        if manifest["package"].get("publish").is_none() {
            assert!(readme.contains(&format!("| [`{name}`](")), "README.md has no row of {name}");
            let is_drawn = [']', '<'].iter().any(|end| diagram.contains(&format!("[{name}{end}")));
            assert!(is_drawn, "docs/architecture.md does not draw {name}");
        }
    }
}
