//! Links between files lead somewhere, and each page of the guide is part of the documentation.

use std::fs;

use crate::pages::{Page, guide, root, under};

#[test]
fn links_between_files_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in under(root()) {
        for target in targets(&page.text) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !page.path.parent().expect("a folder").join(path).exists() {
                wrong.push(format!("{}: {target}", page.shown()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the targets of links in Markdown, outside of code.
fn targets(text: &str) -> Vec<&str> {
    let mut code = false;
    let prose = text.lines().filter(|line| {
        code ^= line.starts_with("```");
        !code
    });
    let mut targets = Vec::new();
    for line in prose {
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let defined = line.strip_prefix('[').and_then(|rest| rest.split_once("]: "));
        targets.extend(inline.chain(defined.map(|(_, target)| target.trim())));
    }
    targets
}

#[test]
fn each_page_of_the_guide_is_documented_and_tested() {
    let read = |path| fs::read_to_string(root().join(path)).expect("readable");
    let (module, tests) = (read("facade/src/guide.rs"), read("docs/src/lib.rs"));
    let (links, index) = (read("docs/guide/links.txt"), read("docs/guide/README.md"));
    let pages = guide();
    assert_eq!(pages.len(), tests.matches("/guide/").count(), "a page is not read here");
    for page in pages {
        let name = page.path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(tests.contains(&format!("guide/{name}.md\"")), "docs/src/lib.rs has no {name}");
        if name != "README" {
            assert!(
                module.contains(&format!("guide/{name}.md\"")),
                "facade/src/guide.rs has no {name}"
            );
            assert!(links.contains(&format!("[{name}]: ")), "docs/guide/links.txt has no {name}");
            assert!(index.contains(&format!("[{name}]: {name}.md")), "the index has no {name}");
        }
        has_definitions(&page, &links);
    }
}

/// Checks that the page defines each link to another page, for readers of the file.
fn has_definitions(page: &Page, links: &str) {
    let names = links.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
    for (name, _) in names {
        let (used, defined) = (format!("][{name}]"), format!("\n[{name}]: "));
        let is_used = page.text.contains(&used);
        assert_eq!(is_used, page.text.contains(&defined), "{}: link to {name}", page.shown());
    }
}
