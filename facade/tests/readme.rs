//! What the README shows of settings is true.

use seawall::{ConfigSource, Infrastructure};

/// The first block of the README that is marked as `language`.
fn block(language: &str) -> String {
    let readme = include_str!("../../README.md");
    let start = format!("```{language}\n");
    let from = readme.find(&start).expect("there is such a block") + start.len();
    let length = readme[from..].find("```").expect("it ends");
    readme[from..from + length].to_owned()
}

/// What the builder makes of `settings` in a file called `seawall.toml`, without the folder.
fn report(settings: &str) -> Result<Infrastructure, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("seawall.toml");
    std::fs::write(&file, settings).expect("written");
    Infrastructure::builder().config(ConfigSource::new().file(&file)).build().map_err(|error| {
        let folder = format!("{}/", folder.path().display());
        error.to_string().replace(&folder, "")
    })
}

#[test]
fn the_settings_it_shows_are_valid() {
    let infra = report(&block("toml")).expect("valid");
    assert_eq!(infra.protections().collect::<Vec<_>>(), ["charge_card"]);
    assert_eq!(infra.status("charge_card").expect("configured").len(), 3);
}

#[test]
fn the_report_it_shows_is_what_is_said() {
    let wrong = block("toml")
        .replace("failures = 5  ", "failure = 5   ")
        .replace("window = \"10s\"", "window = \"-10s\"");
    assert_eq!(report(&wrong).expect_err("wrong").trim_end(), block("text").trim_end());
}
