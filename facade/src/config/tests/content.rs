//! What all sources contain at one time.

use std::fs;

use figment::providers::Format;

use super::*;

#[test]
fn equal_contents_have_one_hash_and_others_have_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seawall.toml");
    let source = ConfigSource::new()
        .file_optional(&file)
        .environment_from([("SEAWALL_A", "1"), ("PATH", "x")])
        .set("b", 2);
    let hash = || source.gather().hash();
    let missing = hash();
    fs::write(&file, "").unwrap();
    let empty = hash();
    fs::write(&file, "c = 3").unwrap();
    let full = hash();
    assert!(missing != empty && empty != full && full != missing);
    fs::write(&file, "c = 3").unwrap();
    assert_eq!(hash(), full);
    fs::remove_file(&file).unwrap();
    assert_eq!(hash(), missing);

    let other = |variables: [(&'static str, &'static str); 2]| {
        let source = ConfigSource::new().file_optional(&file).environment_from(variables);
        source.set("b", 2).gather().hash()
    };
    assert_eq!(other([("PATH", "y"), ("SEAWALL_A", "1")]), missing, "only ours count");
    assert_ne!(other([("PATH", "x"), ("SEAWALL_A", "2")]), missing);
}

#[test]
fn a_content_is_what_was_gathered_whatever_the_file_is_then() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seawall.toml");
    fs::write(&file, "[breaker.a]").unwrap();
    let content = ConfigSource::new().file(&file).gather();
    fs::remove_file(&file).unwrap();
    assert_eq!(content.reader().unwrap().root().tables_in("breaker").len(), 1);
    assert_eq!(content.paths().collect::<Vec<_>>(), [&*file]);
    let figment = figment::Figment::from(<figment::providers::Toml as Format>::file_exact(&file));
    let content = ConfigSource::new().figment(figment).gather();
    assert_eq!(content.paths().collect::<Vec<_>>(), [&*file], "the file of a figment");
}

#[test]
fn a_file_that_may_be_half_written_looks_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let (toml, json) = (folder.path().join("a.toml"), folder.path().join("a.json"));
    let source = ConfigSource::new().file(&toml).file_optional(&json);
    let complete = || source.gather().looks_complete();
    assert!(!complete(), "a file that has to be there is missing");
    for (text, is_complete) in
        [("a = 1\n", true), ("", false), ("# none\n", false), ("a = ", false)]
    {
        fs::write(&toml, text).unwrap();
        assert_eq!(complete(), is_complete, "{text:?}");
    }
    fs::write(&toml, "a = 1").unwrap();
    for (text, is_complete) in [("{\"a\": 1}", true), ("", false), ("{\"a\"", false), ("{}", false)]
    {
        fs::write(&json, text).unwrap();
        assert_eq!(complete(), is_complete, "{text:?}");
    }
}

#[test]
fn only_a_file_that_had_settings_was_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one.toml", "two.toml"].map(|name| folder.path().join(name));
    let source = ConfigSource::new().file(&one).file_optional(&two);
    fs::write(&one, "a = 1").unwrap();
    fs::write(&two, "# nothing yet").unwrap();
    let before = source.gather();
    assert!(before.emptied_since(&before).is_empty());
    fs::write(&two, "").unwrap();
    assert!(source.gather().emptied_since(&before).is_empty(), "it had nothing before");
    for text in ["", " \n", "# gone\n"] {
        fs::write(&one, text).unwrap();
        let problems = source.gather().emptied_since(&before);
        let [problem] = &*problems else { panic!("one problem: {problems:?}") };
        let wrong = "the file is empty, and had settings before; expected settings";
        assert_eq!(problem.to_string(), format!("{}: {wrong}", one.display()));
    }
    fs::write(&one, "a = ").unwrap();
    assert!(source.gather().emptied_since(&before).is_empty(), "it is wrong, not empty");
}
