//! Events of the file system make looks earlier: with a look every hour, an event alone finds a change.

use std::task::Wake;
use std::thread::Thread;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// Wakes this thread, and remembers that it did.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Fixture {
    /// Waits for events, in virtual time, until something was offered.
    fn woken(&mut self) -> Vec<String> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            let _ = self.run.as_mut().poll(&mut Context::from_waker(&waker));
            let offered = self.offered();
            if !offered.is_empty() {
                return offered;
            }
            // Time passes only up to the look that an event has brought forward.
            let next = self.time.next_sleeper().filter(|next| *next < self.time.now() + HOUR / 2);
            match next {
                Some(next) => self.time.advance_to(next),
                None => std::thread::park_timeout(Duration::from_secs(30)),
            }
        }
    }
}

fn hourly() -> Watch {
    Watch::new().every(HOUR).in_place()
}

#[test]
fn a_written_file_a_renamed_one_and_a_new_one_are_found() {
    let mut fixture = Fixture::new("seawall.toml", hourly(), |root| {
        fs::write(root.join("seawall.toml"), "v = 1\n").unwrap();
    });
    fixture.write("v = 2\n");
    assert_eq!(fixture.woken(), ["v2"]);
    let new = fixture.root.join("new");
    fs::write(&new, "v = 3\n").unwrap();
    fs::rename(&new, &fixture.file).unwrap();
    assert_eq!(fixture.woken(), ["v3"]);
    fs::remove_file(&fixture.file).unwrap();
    assert_eq!(fixture.woken(), ["no such file"]);
    fixture.write("v = 4\n");
    assert_eq!(fixture.woken(), ["v4"]);
}

#[test]
fn a_folder_that_is_renamed_above_the_file_is_found_and_then_watched() {
    let mut fixture = Fixture::new("app/config/seawall.toml", hourly(), |root| {
        for (app, content) in [("app", "v = 1\n"), ("new", "v = 2\n")] {
            fs::create_dir_all(root.join(app).join("config")).unwrap();
            fs::write(root.join(app).join("config/seawall.toml"), content).unwrap();
        }
    });
    fs::rename(fixture.root.join("app"), fixture.root.join("old")).unwrap();
    fs::rename(fixture.root.join("new"), fixture.root.join("app")).unwrap();
    assert_eq!(fixture.woken(), ["v2"]);
    fixture.write("v = 3\n");
    assert_eq!(fixture.woken(), ["v3"]);
}

#[cfg(unix)]
#[test]
fn each_swap_of_a_volume_is_found() {
    let mut fixture = volume::mounted(hourly());
    for version in 2..5 {
        volume::swap(&fixture.root, version);
        assert_eq!(fixture.woken(), [format!("v{version}")]);
    }
}

#[test]
fn looking_at_the_file_wakes_no_further_look() {
    let mut fixture = Fixture::new("seawall.toml", hourly(), |root| {
        fs::write(root.join("seawall.toml"), "v = 1\n").unwrap();
    });
    fixture.write("v = 2\n");
    assert_eq!(fixture.woken(), ["v2"]);
    // The events of that look come before those of the next change.
    for version in 3..6 {
        fixture.write(&format!("v = {version}\n"));
        assert_eq!(fixture.woken(), [format!("v{version}")]);
    }
    fixture.pass(HOUR);
    assert_eq!(fixture.offered(), [""; 0]);
}
