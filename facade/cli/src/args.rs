use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, ColorChoice, Parser, Subcommand};
use clap_complete::Shell;

use crate::journal::Moment;

/// Checks, shows and compares settings of Seawall, watches a service's status page, and reads its
/// journal.
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
    /// Show or prune the journal of a service: a file of SQLite that `seawall-journal` writes.
    #[command(subcommand)]
    Journal(Journal),
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

    /// For `https`, trust the certificates in this PEM file, in place of those that the system trusts.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// The time between two looks, such as `500ms` or `5s`.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    pub(crate) every: Duration,

    /// Print the status once, in a terminal too.
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Subcommand)]
pub(crate) enum Journal {
    /// Print records, the oldest first.
    Show(Show),
    /// Remove the oldest records, beside the service that writes the journal or without one.
    Prune(Prune),
}

#[derive(Args)]
pub(crate) struct Show {
    /// The file of the journal.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) filter: Filter,

    /// Print this many records at most, the last ones.
    #[arg(long, value_name = "NUMBER", default_value = "100", conflicts_with = "all")]
    pub(crate) last: u64,

    /// Print all records.
    #[arg(long)]
    pub(crate) all: bool,

    /// Go on with new records as they are written; with `--json`, print one record a line.
    #[arg(long, short)]
    pub(crate) follow: bool,

    /// The time between two looks for new records, such as `500ms` or `5s`.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = interval)]
    pub(crate) every: Duration,
}

/// Which records are printed: those to which all that is given applies.
#[derive(Args)]
pub(crate) struct Filter {
    /// Records from this time on: `2026-11-27 20:15:00` (UTC), or how long ago, such as `90m`.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) since: Option<Moment>,

    /// Records before this time, in the forms of `--since`.
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(crate) until: Option<Moment>,

    /// Events of this kind, by the name or its last part: `state_change`.
    #[arg(long, value_name = "EVENT")]
    pub(crate) kind: Option<String>,

    /// Events of components of this kind: `circuit_breaker`, `rate_limiter`, `bulkhead`, …
    #[arg(long, value_name = "COMPONENT")]
    pub(crate) component: Option<String>,

    /// Events of the component of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Events of calls through this protection.
    #[arg(long, value_name = "NAME")]
    pub(crate) protection: Option<String>,

    /// Events of calls with a key of this hash.
    #[arg(long, value_name = "HASH")]
    pub(crate) key_hash: Option<String>,
}

#[derive(Args)]
#[group(skip)]
#[command(group(ArgGroup::new("retention").required(true).multiple(true)))]
pub(crate) struct Prune {
    /// The file of the journal.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Remove records that are older, such as `30d`.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration, group = "retention")]
    pub(crate) max_age: Option<Duration>,

    /// Keep this many records at most.
    #[arg(long, value_name = "NUMBER", group = "retention")]
    pub(crate) max_records: Option<u64>,

    /// Keep this many bytes at most.
    #[arg(long, value_name = "NUMBER", group = "retention")]
    pub(crate) max_bytes: Option<u64>,
}

fn interval(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let min = Duration::from_millis(100);
    if time < min { Err("expected at least 100ms".to_owned()) } else { Ok(time) }
}
