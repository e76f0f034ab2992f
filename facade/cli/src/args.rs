use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ColorChoice, Parser, Subcommand};
use clap_complete::Shell;

/// Checks, shows and compares settings of Seawall, and watches a service's status page.
///
/// Exit codes: 0, fine; 1, problems; 2, misuse of this command.
#[derive(Parser)]
#[command(name = "seawall", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Print JSON, for other programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colors: `auto` uses them in a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check settings, and print every problem with its place.
    Check(Check),
    /// Print the settings in effect: layers in their order, each value and where it comes from.
    Plan(Sources),
    /// Print what a reload from one file to another would add, remove, change or start anew.
    Diff(Diff),
    /// Print the JSON Schema of settings, for editors.
    Schema,
    /// Show the status page of a running service, live in a terminal, or once.
    Status(Status),
    /// Print a script that completes this command in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) sources: Sources,

    /// Accept components with this backend without checking them, because another crate has it. May
    /// be repeated.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) allow_backend: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Sources {
    /// Files with settings, TOML or JSON (`.json`); later ones override earlier ones. Without any,
    /// the file that SEAWALL_CONFIG names, `seawall.toml`, or `/etc/seawall/seawall.toml`.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

#[derive(Args)]
pub(crate) struct Diff {
    /// The file with the settings that run.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The file with the settings to come.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// Exit with 1 if there is a difference.
    #[arg(long)]
    pub(crate) exit_code: bool,

    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// How files are read.
#[derive(Args)]
pub(crate) struct Reading {
    /// Choose this profile, whatever SEAWALL_PROFILE says.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) profile: Option<String>,

    /// Read this table of each file, where an application's own file has the settings in one.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) table: Option<String>,

    /// Ignore the variables SEAWALL_…, which override the files otherwise.
    #[arg(long)]
    pub(crate) no_environment: bool,
}

#[derive(Args)]
pub(crate) struct Status {
    /// The address of the status page, such as `http://127.0.0.1:9000/status`.
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// The time between two looks, such as `500ms` or `5s`.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    pub(crate) every: Duration,

    /// Print the status once, in a terminal too.
    #[arg(long)]
    pub(crate) once: bool,
}

fn interval(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let min = Duration::from_millis(100);
    if time < min { Err("expected at least 100ms".to_owned()) } else { Ok(time) }
}
