use std::process::ExitCode;
use std::thread;

use seawall_journal::{
    Journal as _, JournalError, JournalStats, Page, Query, Record, Retention, SqliteJournal,
};
use serde_json::json;

use self::block_on::block_on;
use self::line::Line;
pub(crate) use self::moment::Moment;
use crate::args::{Filter, Journal, Prune, Show};
use crate::output::{self, Failure};

mod block_on;
mod line;
mod moment;

/// Shows or prunes a journal.
pub(crate) fn run(journal: &Journal, json: bool) -> Result<ExitCode, Failure> {
    match journal {
        Journal::Show(show) => block_on(self::show(show, json)),
        Journal::Prune(prune) => block_on(self::prune(prune, json)),
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Other(error.to_string())
    }
}

async fn show(show: &Show, json: bool) -> Result<ExitCode, Failure> {
    let journal = SqliteJournal::inspect(&show.file).await?;
    let query = show.filter.query();
    let mut seen = newest(&journal).await?;
    let mut is_read = match show.all {
        true => print_all(&journal, query.clone(), json, &mut seen).await?,
        false => {
            let records = latest(&journal, query.clone(), show.last).await?;
            print(&records, json, &mut seen)?
        }
    };
    drop(journal);
    let mut problem = None;
    while show.follow && is_read {
        thread::park_timeout(show.every);
        match print_new(show, &query, json, &mut seen).await {
            Ok(goes_on) => (is_read, problem) = (goes_on, None),
            // Another file may take the place of one that is away.
            Err(Failure::Other(text)) if problem.as_ref() != Some(&text) => {
                Failure::Other(text.clone()).report();
                problem = Some(text);
            }
            Err(Failure::Other(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what is new since the record `seen`. Opens the file anew, so that it can be moved at any time.
async fn print_new(
    show: &Show,
    query: &Query,
    json: bool,
    seen: &mut u64,
) -> Result<bool, Failure> {
    let journal = SqliteJournal::inspect(&show.file).await?;
    let newest = newest(&journal).await?;
    if newest < *seen {
        // Another file has taken the place of the last one.
        *seen = 0;
    }
    let query = query.clone().after(*seen);
    *seen = newest;
    print_all(&journal, query, json, seen).await
}

/// Returns the number of the newest record; 0 if there is none.
async fn newest(journal: &SqliteJournal) -> Result<u64, Failure> {
    let page = journal.query(Query::new().latest_first().limit(1)).await?;
    Ok(page.records.first().map_or(0, |record| record.number))
}

const PAGE: u32 = 1_000;

/// Prints all records that are looked for, the oldest first. Returns false if the reader of the output is gone.
async fn print_all(
    journal: &SqliteJournal,
    mut query: Query,
    json: bool,
    seen: &mut u64,
) -> Result<bool, Failure> {
    loop {
        let Page { records, next, .. } = journal.query(query.clone().limit(PAGE)).await?;
        let is_read = print(&records, json, seen)?;
        match next.filter(|_| is_read) {
            Some(next) => query = query.after(next),
            None => return Ok(is_read),
        }
    }
}

/// Returns the last records that are looked for, the oldest first.
async fn latest(
    journal: &SqliteJournal,
    query: Query,
    number: u64,
) -> Result<Vec<Record>, Failure> {
    let mut query = query.latest_first();
    let mut found = Vec::new();
    loop {
        let missing = number.saturating_sub(found.len() as u64);
        let size = u32::try_from(missing).map_or(PAGE, |missing| missing.min(PAGE));
        if size == 0 {
            break;
        }
        let Page { records, next, .. } = journal.query(query.clone().limit(size)).await?;
        found.extend(records);
        match next {
            Some(next) => query = query.after(next),
            None => break,
        }
    }
    found.reverse();
    Ok(found)
}

/// Prints records, one a line. Returns false if the reader of the output is gone.
fn print(records: &[Record], json: bool, seen: &mut u64) -> Result<bool, Failure> {
    let mut lines = String::new();
    for record in records {
        *seen = record.number.max(*seen);
        let line = match json {
            true => json!(record).to_string(),
            false => Line(record).to_string(),
        };
        lines = lines + &line + "\n";
    }
    if lines.is_empty() { Ok(true) } else { output::part(&lines) }
}

impl Filter {
    fn query(&self) -> Query {
        let Self { since, until, kind, component, name, protection, key_hash } = self;
        let mut query = Query::new();
        query.topic.clone_from(kind);
        query.component.clone_from(component);
        query.name.clone_from(name);
        query.protection.clone_from(protection);
        query.key_hash.clone_from(key_hash);
        if let Some(since) = since {
            query = query.since(since.0);
        }
        if let Some(until) = until {
            query = query.until(until.0);
        }
        query
    }
}

async fn prune(prune: &Prune, json: bool) -> Result<ExitCode, Failure> {
    let journal = SqliteJournal::inspect(&prune.file).await?;
    let mut retention = Retention::everything();
    (retention.max_age, retention.max_records) = (prune.max_age, prune.max_records);
    retention.max_bytes = prune.max_bytes;
    let pruned = journal.prune(retention, moment::now()).await?;
    let JournalStats { records, bytes, .. } = journal.stats().await?;
    let bytes = bytes.unwrap_or(0);
    if json {
        return output::json(&json!({ "pruned": pruned, "records": records, "bytes": bytes }));
    }
    let s = if pruned == 1 { "" } else { "s" };
    output::text(&format!("removed {pruned} record{s}; {records} are left, in {bytes} bytes"))
}
