use std::fs;

use crate::support::{Folder, is_update, root};

const COMMANDS: [&str; 9] = [
    "",
    "check",
    "plan",
    "diff",
    "schema",
    "status",
    "journal show",
    "journal prune",
    "completions",
];

/// Returns the help of the command and of each of its subcommands, as Markdown.
fn help() -> String {
    let folder = Folder::empty();
    let mut text = String::new();
    for command in COMMANDS {
        let mut arguments: Vec<_> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = folder.run(arguments).printed(0);
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        let title = format!("seawall {command}");
        text += &format!("\n### `{}`\n\n```text\n{}\n```\n", title.trim(), lines.join("\n"));
    }
    text
}

#[test]
fn the_page_has_the_help_of_the_command() {
    let path = root().join("docs/cli.md");
    let page = fs::read_to_string(&path).expect("the page").replace("\r\n", "\n");
    let (before, rest) = page.split_once("<!-- help -->\n").expect("the start of the help");
    let (_, after) = rest.split_once("<!-- /help -->").expect("the end of the help");
    let expected = format!("{before}<!-- help -->\n{}\n<!-- /help -->{after}", help());
    if is_update() {
        fs::write(&path, &expected).expect("it can be written");
    }
    let page = fs::read_to_string(&path).expect("the page").replace("\r\n", "\n");
    assert_eq!(page, expected, "SEAWALL_UPDATE=1 writes it");
}
