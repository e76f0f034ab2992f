//! The command `seawall`.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Cli, Command};
use self::output::Failure;

mod args;
mod check;
mod journal;
mod output;
mod plan;
mod sources;
mod status;

fn main() -> ExitCode {
    let cli = Cli::parse();
    output::choose_colors(cli.color);
    match run(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Runs the command. The exit code is 0, or 1 for problems that were printed.
fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { command, json, .. } = cli;
    match command {
        Command::Check(check) => check::run(&check, json),
        Command::Plan(sources) => plan::show(&sources, json),
        Command::Diff(diff) => plan::compare(&diff, json),
        Command::Schema => output::json(&seawall::schema()),
        Command::Status(status) => status::run(&status, json),
        Command::Journal(journal) => journal::run(&journal, json),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "seawall", &mut script);
            output::text(&String::from_utf8_lossy(&script))
        }
    }
}
