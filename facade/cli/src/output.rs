use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use seawall::{ConfigError, InitError};
use serde::Serialize;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// `text` in a style. Where colors are off, the output drops the style.
pub(crate) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) fn choose_colors(choice: ColorChoice) {
    let choice = match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// The reason why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The settings are wrong.
    Config(ConfigError),
    /// Arguments that do not go together.
    Misuse(String),
    /// Anything else, as a sentence.
    Other(String),
}

impl Failure {
    /// Prints the failure to the error output, and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let text = match self {
            Self::Config(error) => error.to_string(),
            Self::Misuse(text) | Self::Other(text) => format!("{}: {text}", styled(BAD, "error")),
        };
        // Without an error output there is nothing left to do.
        let _ = writeln!(anstream::stderr(), "{text}");
        ExitCode::from(if matches!(self, Self::Misuse(_)) { 2 } else { 1 })
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<InitError> for Failure {
    fn from(error: InitError) -> Self {
        match error.config() {
            Some(config) => Self::Config(config.clone()),
            None => Self::Other(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Other(format!("the output cannot be written: {error}"))
    }
}

/// Prints `text` and a line break, unless it ends in one.
pub(crate) fn text(text: &str) -> Result<ExitCode, Failure> {
    part(text).map(|_is_read| ExitCode::SUCCESS)
}

/// Prints a part of the output as [`text`] does. Returns false if its reader, such as `head`, has seen enough.
pub(crate) fn part(text: &str) -> Result<bool, Failure> {
    let mut out = anstream::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => Ok(written.map(|()| true)?),
    }
}

/// Returns `text` without what would break the line or the terminal: names and errors are input.
pub(crate) fn safe(text: &str) -> String {
    let is_invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_invisible(c) { '\u{fffd}' } else { c }).collect()
}

/// Prints `value` as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    let json = serde_json::to_string_pretty(value);
    text(&json.map_err(|error| Failure::Other(error.to_string()))?)
}

/// Returns true if styles are to be written to the output.
pub(crate) fn has_colors() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}
