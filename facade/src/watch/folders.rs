use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// Watches the folders that the way to some files leads through. A file itself is not watched: its watch
/// would follow the file that an editor has just put aside.
#[derive(Default)]
pub(super) struct Folders {
    paths: BTreeSet<PathBuf>,
    signal: Arc<Signal>,
    /// `None` if nothing can be watched, which costs time only.
    watcher: Option<RecommendedWatcher>,
}

/// Set by events, on the watcher's thread.
#[derive(Default)]
struct Signal(Mutex<State>);

#[derive(Default)]
struct State {
    /// An event came that the waiting task has not seen.
    is_set: bool,
    /// An event came since the watches began, so that they may be of folders that are gone.
    is_stale: bool,
    waker: Option<Waker>,
}

impl Folders {
    /// Watches the folders of `files`, as links lead now. Returns true if the watches are new.
    pub(super) fn follow<'p>(&mut self, files: impl Iterator<Item = &'p Path>) -> bool {
        let paths: BTreeSet<_> = files.flat_map(visited).collect();
        let is_stale = std::mem::take(&mut self.signal.lock().is_stale);
        if paths == self.paths && !is_stale {
            return false;
        }
        // A watch follows its folder wherever that is moved, so all are made anew.
        self.watcher = watch(&paths, &self.signal);
        self.paths = paths;
        self.watcher.is_some()
    }

    /// Returns true if an event came since the last time; otherwise `cx` is woken by one.
    pub(super) fn poll_event(&self, cx: &Context<'_>) -> bool {
        let mut state = self.signal.lock();
        state.waker = Some(cx.waker().clone());
        std::mem::take(&mut state.is_set)
    }
}

impl Signal {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self) {
        let waker = {
            let mut state = self.lock();
            state.is_set = true;
            state.is_stale = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

fn watch(paths: &BTreeSet<PathBuf>, signal: &Arc<Signal>) -> Option<RecommendedWatcher> {
    let (signal, on_the_way) = (Arc::clone(signal), paths.clone());
    let handler = move |event: notify::Result<Event>| {
        if event.map_or(true, |event| matters(&event, &on_the_way)) {
            signal.set();
        }
    };
    let mut watcher = notify::recommended_watcher(handler).ok()?;
    let folders: BTreeSet<_> = paths.iter().filter_map(|path| path.parent()).collect();
    for folder in folders {
        // One that is not there, or may not be read, comes with an event of the folder above it, or is
        // found by the next look.
        let _ = watcher.watch(folder, RecursiveMode::NonRecursive);
    }
    Some(watcher)
}

/// Returns true if `event` may have changed what is `on_the_way` to a file. Reading a file is an event
/// too: without this, each look would cause the next one.
fn matters(event: &Event, on_the_way: &BTreeSet<PathBuf>) -> bool {
    let changes = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        _ => true,
    };
    event.need_rescan() || changes && event.paths.iter().any(|path| on_the_way.contains(path))
}

/// Returns every path that is looked up on the way to `file`: its folders, links, and where they lead.
fn visited(file: &Path) -> BTreeSet<PathBuf> {
    /// As many as Linux follows.
    const MAX_LINKS: usize = 40;
    let mut visited = BTreeSet::new();
    let Ok(absolute) = std::path::absolute(file) else { return visited };
    let mut rest: Vec<OsString> = reversed(&absolute);
    let mut path = PathBuf::new();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        if part == ".." {
            path.pop();
            continue;
        }
        path.push(part);
        visited.insert(path.clone());
        if let Ok(target) = fs::read_link(&path)
            && links < MAX_LINKS
        {
            links += 1;
            path.pop();
            if target.is_absolute() {
                path = PathBuf::new();
            }
            rest.extend(reversed(&target));
        }
    }
    visited
}

/// Returns the parts of `path`, the last one first, without those that mean nothing.
fn reversed(path: &Path) -> Vec<OsString> {
    let parts = path.components().rev().filter(|part| *part != Component::CurDir);
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_a_file_is_no_change_of_it() {
        let on_the_way = BTreeSet::from([PathBuf::from("/etc/app/seawall.toml")]);
        let event = |kind, path: &str| Event::new(kind).add_path(PathBuf::from(path));
        let file = "/etc/app/seawall.toml";
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
        let read = EventKind::Access(AccessKind::Close(AccessMode::Read));
        let cases = [(open, false), (read, false), (written, true), (EventKind::Any, true)];
        for (kind, does) in cases {
            assert_eq!(matters(&event(kind, file), &on_the_way), does, "{kind:?}");
            assert!(!matters(&event(kind, "/etc/app/other.toml"), &on_the_way), "{kind:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn every_link_and_folder_on_the_way_is_visited() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("config/..v1")).unwrap();
        fs::write(root.join("config/..v1/a.toml"), "").unwrap();
        symlink("..v1", root.join("config/..data")).unwrap();
        symlink("..data/a.toml", root.join("config/a.toml")).unwrap();
        symlink(root.join("config"), root.join("etc")).unwrap();
        let below =
            |path: &PathBuf| path.strip_prefix(&root).is_ok_and(|rest| rest != Path::new(""));
        let found: Vec<_> = visited(&root.join("etc/a.toml")).into_iter().filter(below).collect();
        let expected = [
            "config",
            "config/..data",
            "config/..v1",
            "config/..v1/a.toml",
            "config/a.toml",
            "etc",
        ];
        assert_eq!(found, expected.map(|path| root.join(path)));

        symlink("loop", root.join("loop")).unwrap();
        visited(&root.join("loop/a.toml"));
    }
}
