//! What a process reports to the test, a line each.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Mutex;

use crate::bound::Admitted;
use crate::clock;

/// The file that a process writes.
pub(crate) struct Writer(Mutex<BufWriter<File>>);

/// What a process has written. Times are in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// The limit, and the call.
    pub(crate) admitted: Vec<(String, Admitted)>,
    /// The limit, and when it counted its store as away or as back.
    pub(crate) away: Vec<(String, u64)>,
    pub(crate) back: Vec<(String, u64)>,
    /// From when to when the process did not run though it wanted to.
    pub(crate) stalls: Vec<(u64, u64)>,
}

impl Writer {
    pub(crate) fn create(path: &Path) -> Self {
        let file = File::create(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        Self(Mutex::new(BufWriter::new(file)))
    }

    pub(crate) fn admitted(&self, limit: &str, asked: u64) {
        self.write(&format!("admitted {limit} {asked} {}\n", clock::now()));
    }

    pub(crate) fn away(&self, limit: &str) {
        self.write(&format!("away {limit} {}\n", clock::now()));
    }

    pub(crate) fn back(&self, limit: &str) {
        self.write(&format!("back {limit} {}\n", clock::now()));
    }

    pub(crate) fn stalled(&self, from: u64, until: u64) {
        self.write(&format!("stalled {from} {until}\n"));
    }

    pub(crate) fn finish(&self) {
        self.0.lock().expect("no panic").flush().expect("the file can be written");
    }

    fn write(&self, line: &str) {
        let written = self.0.lock().expect("no panic").write_all(line.as_bytes());
        written.expect("the file can be written");
    }
}

impl Records {
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path);
        let text = text.unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let time = |text: &str| text.parse::<u64>().expect("a time");
        let mut records = Self::default();
        for line in text.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["admitted", limit, asked, at] => {
                    let call = Admitted { asked: time(asked), at: time(at) };
                    records.admitted.push((limit.to_owned(), call));
                }
                ["away", limit, at] => records.away.push((limit.to_owned(), time(at))),
                ["back", limit, at] => records.back.push((limit.to_owned(), time(at))),
                ["stalled", from, until] => records.stalls.push((time(from), time(until))),
                _ => panic!("{path:?} has the line {line:?}"),
            }
        }
        records
    }

    /// Returns when `limit` last counted its store as away, until `time`.
    pub(crate) fn last_away(&self, limit: &str, time: u64) -> Option<u64> {
        times(&self.away, limit).rev().find(|at| *at <= time)
    }

    /// Returns when `limit` first counted its store as back after `time`.
    pub(crate) fn first_back(&self, limit: &str, time: u64) -> Option<u64> {
        times(&self.back, limit).find(|at| *at > time)
    }
}

fn times(events: &[(String, u64)], limit: &str) -> impl DoubleEndedIterator<Item = u64> {
    events.iter().filter(move |(of, _)| of == limit).map(|(_, at)| *at)
}
