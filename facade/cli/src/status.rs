use std::process::ExitCode;
use std::time::Duration;

use crossterm::terminal;
use serde_json::Value;

use self::document::Document;
use self::screen::{Key, Screen};
use crate::args::Status;
use crate::output::{self, BAD, Failure, styled};

mod document;
mod screen;
mod tls;
mod view;

/// The status page is on the machine or near it: one that takes longer is reported.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The document of 512 protections with an hour of each is a tenth of that.
const MAX_BYTES: u64 = 64 << 20;

/// Shows the status page at an address: live in a terminal, otherwise once.
pub(crate) fn run(status: &Status, json: bool) -> Result<ExitCode, Failure> {
    let page = Page::new(status)?;
    if json {
        return output::json(&page.read()?);
    }
    if status.once || !screen::is_terminal() {
        let lines = view::lines(&page.document()?, None);
        return output::text(&lines.join("\n"));
    }
    watch(&page, status.every)
}

/// Draws the page anew each time, until a key ends it.
fn watch(page: &Page, every: Duration) -> Result<ExitCode, Failure> {
    let mut last = Some(page.document()?);
    let screen = Screen::open()?;
    let mut problem = None;
    loop {
        let (width, height) = terminal::size()?;
        let mut lines: Vec<String> = problem.iter().map(|text| styled(BAD, text)).collect();
        let document = last.iter().flat_map(|last| view::lines(last, Some(width.into())));
        lines.extend(document);
        screen.draw(&lines, height.into())?;
        if screen.wait(every)? == Key::Quit {
            return Ok(ExitCode::SUCCESS);
        }
        match page.document() {
            Ok(document) => (last, problem) = (Some(document), None),
            // What was read last stays, below the reason why it is old.
            Err(Failure::Other(reason)) => problem = Some(reason),
            Err(other) => return Err(other),
        }
    }
}

/// The document of a status page.
struct Page {
    url: String,
    agent: ureq::Agent,
}

impl Page {
    fn new(status: &Status) -> Result<Self, Failure> {
        let url = status.url.trim_end_matches('/');
        let scheme = if url.contains("://") { "" } else { "http://" };
        let path = if url.ends_with(".json") { "" } else { "/status.json" };
        let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT));
        let config = config.tls_config(tls::config(status.ca_file.as_deref())?).build();
        Ok(Self { url: format!("{scheme}{url}{path}"), agent: config.into() })
    }

    fn read(&self) -> Result<Value, Failure> {
        let fail = |error: &dyn std::fmt::Display| Failure::Other(format!("{}: {error}", self.url));
        let mut answer = self.agent.get(&self.url).call().map_err(|error| fail(&error))?;
        let body = answer.body_mut().with_config().limit(MAX_BYTES).read_to_vec();
        let body = body.map_err(|error| fail(&error))?;
        serde_json::from_slice(&body)
            .map_err(|error| fail(&format_args!("this is no status page of Seawall: {error}")))
    }

    fn document(&self) -> Result<Document, Failure> {
        Document::read(self.read()?)
            .map_err(|problem| Failure::Other(format!("{}: {problem}", self.url)))
    }
}
