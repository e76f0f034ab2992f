use std::fs;

use seawall_core::{Component, Detail, Driver, Layer, Topic};

use super::Known;
use super::host::{HostSampler, Pressure};

/// A root with the files of a container, as Linux 6 has them.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    let files = [
        ("proc/self/cgroup", "0::/kubepods/pod1\n"),
        ("proc/pressure/cpu", "some avg10=12.50 avg60=1.00 avg300=0.00 total=7\n"),
        ("proc/pressure/io", "some avg10=3.00 avg60=0 avg300=0 total=7\nfull avg10=1.00 total=7\n"),
        ("sys/fs/cgroup/kubepods/pod1/memory.current", "1048576\n"),
        ("sys/fs/cgroup/kubepods/pod1/memory.max", "max\n"),
        (
            "sys/fs/cgroup/kubepods/pod1/memory.pressure",
            "some avg10=50.00 avg60=0 avg300=0 total=7\nfull avg10=25.00 avg60=0 total=7\n",
        ),
    ];
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    root
}

#[test]
fn the_load_is_that_of_the_control_group_and_else_of_the_machine() {
    let (root, time) = (root(), seawall_testkit::ManualClock::new());
    let host = HostSampler::new(root.path());
    assert_eq!(host.last(), None);
    time.block_on(host.sample(&time.clock()));
    let load = host.last().expect("it was measured");
    assert_eq!((load.memory_used, load.memory_limit), (Some(1_048_576), None), "not limited");
    assert_eq!(load.cpu, Some(Pressure { some: 0.125, full: 0.0 }));
    assert_eq!(load.io, Some(Pressure { some: 0.03, full: 0.01 }));
    assert_eq!(load.memory, Some(Pressure { some: 0.5, full: 0.25 }), "the group's own");
    let limit = root.path().join("sys/fs/cgroup/kubepods/pod1/memory.max");
    fs::write(limit, "2097152\n").expect("a file");
    time.block_on(host.sample(&time.clock()));
    assert_eq!(host.last().expect("it was measured").memory_limit, Some(2_097_152));
}

#[test]
fn what_cannot_be_read_is_not_known() {
    let (root, time) =
        (tempfile::tempdir().expect("a folder"), seawall_testkit::ManualClock::new());
    let host = HostSampler::new(root.path());
    time.block_on(host.sample(&time.clock()));
    let load = host.last().expect("it was measured");
    assert_eq!((load.memory_used, load.cpu, load.memory, load.io), (None, None, None, None));
    assert_eq!(Pressure::parse("some avg10=many"), None);
    assert_eq!(Pressure::parse(""), None);
}

#[test]
fn what_kept_a_component_from_working_is_forgotten_when_it_is_replaced_or_removed() {
    let known = Known::default();
    let driver = Driver::new().with_observer(known.clone());
    let (layer, cause) =
        (Layer::new(Component::RateLimiter, "api"), std::io::Error::other("refused"));
    for topic in [Topic::ComponentReplaced, Topic::ComponentRemoved] {
        driver.emit(Topic::ComponentDegraded, &layer, || Detail::degraded(Some(&cause)));
        assert_eq!(known.cause(&layer).as_deref(), Some("refused"));
        driver.emit(topic, &layer, || Detail::None);
        assert_eq!(known.cause(&layer), None, "{topic:?}");
    }
}
