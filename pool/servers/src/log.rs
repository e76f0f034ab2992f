use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::hurry::PATIENCE;

/// What a server says, line by line, read by threads of its own.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Default)]
struct Shared {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Default)]
struct Said {
    lines: Vec<String>,
    /// Streams that may say more.
    open: usize,
}

impl Log {
    /// Reads `stream` until it ends.
    pub(crate) fn read(&self, stream: impl Read + Send + 'static) {
        self.said().open += 1;
        let log = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                log.said().lines.push(line);
                log.0.more.notify_all();
            }
            log.said().open -= 1;
            log.0.more.notify_all();
        });
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.said().lines.len()
    }

    /// All of them.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.said().lines.clone()
    }

    /// Waits for a line that contains `text`, from line number `from` on.
    ///
    /// # Errors
    /// Why there is none: the server ended, or said nothing of the kind in time.
    pub(crate) fn wait_for(&self, from: usize, text: &str) -> Result<(), String> {
        let told = |said: &Said| said.lines.iter().skip(from).any(|line| line.contains(text));
        let waited = self
            .0
            .more
            .wait_timeout_while(self.said(), PATIENCE, |said| !told(said) && said.open > 0);
        let (said, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if told(&said) {
            return Ok(());
        }
        let what = if said.open == 0 { "it ended" } else { "it did not print that in time" };
        Err(format!("{what} (waiting for {text:?}); its log:\n{}", said.lines.join("\n")))
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_from_where_the_search_begins() {
        let log = Log::default();
        log.read(&b"starting\nready\nreloaded\n"[..]);
        log.wait_for(0, "ready").expect("it is there");
        log.wait_for(2, "reload").expect("it is there");
        let why = log.wait_for(2, "ready").expect_err("that was before");
        assert!(why.starts_with("it ended (waiting for \"ready\")"), "{why}");
        assert!(why.ends_with("starting\nready\nreloaded"), "{why}");
    }
}
