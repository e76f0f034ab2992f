//! Whatever happens to a file: at the end the right version, and each content reported once.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Act {
    Write(u8),
    /// Half of a content, which cannot be parsed.
    Half(u8),
    Empty,
    Delete,
    /// Another file takes the place of this one.
    Replace(u8),
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1..4_u8).prop_map(Act::Write),
        2 => (1..4_u8).prop_map(Act::Half),
        1 => Just(Act::Empty),
        1 => Just(Act::Delete),
        2 => (1..4_u8).prop_map(Act::Replace),
        6 => prop_oneof![0..400_u64, 1900..2100_u64, 29_000..31_000_u64].prop_map(Act::Pass),
    ]
}

/// What is said of a file with this content, if anything has to be.
fn said(content: Option<&str>) -> &'static str {
    match content {
        None => "no such file",
        Some("") => "the file is empty, and had settings before",
        Some("v = 1\n") => "v1",
        Some("v = 2\n") => "v2",
        Some("v = 3\n") => "v3",
        Some(_) => "not TOML: string values must be quoted, expected literal string",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_last_content_counts_and_none_is_reported_twice_running(
        acts in prop::collection::vec(act(), 0..24),
    ) {
        let mut fixture = Fixture::plain();
        let mut content = Some("v = 1\n".to_owned());
        // What has been there for a moment, in order.
        let mut seen = vec![content.clone()];
        for act in acts {
            content = match act {
                Act::Write(version) | Act::Replace(version) => Some(format!("v = {version}\n")),
                Act::Half(version) => Some(format!("{}v = ", "v".repeat(version.into()))),
                Act::Empty => Some(String::new()),
                Act::Delete => None,
                Act::Pass(millis) => {
                    fixture.pass(Duration::from_millis(millis));
                    continue;
                }
            };
            match (act, &content) {
                (Act::Replace(_), Some(content)) => {
                    let new = fixture.root.join("new");
                    fs::write(&new, content).unwrap();
                    fs::rename(&new, &fixture.file).unwrap();
                }
                (_, Some(content)) => fixture.write(content),
                (_, None) => drop(fs::remove_file(&fixture.file)),
            }
            seen.push(content.clone());
        }
        let mut log = vec![said(seen[0].as_deref()).to_owned()];
        log.extend(fixture.settled());
        let last = said(content.as_deref());
        prop_assert_eq!(log.last().map(String::as_str), Some(last));
        let mut seen = seen.iter().map(|content| said(content.as_deref()));
        for report in &log {
            prop_assert!(seen.any(|seen| seen == report), "in the order in which they were there");
        }
        let twice = log.windows(2).any(|two| two[0] == two[1] && two[0].starts_with('v'));
        prop_assert!(!twice, "{log:?}");
    }
}
