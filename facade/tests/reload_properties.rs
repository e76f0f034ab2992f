//! Random pairs of files: what a reload from one to the other keeps, and that returning changes nothing.

use std::time::Duration;

use proptest::prelude::*;
use seawall::settings::PlanDiff;
use seawall::{ChangeKind, Component, ConfigSource, Infrastructure};
use seawall_testkit::ManualClock;

/// Settings of components that are called, of one that is not, and of some that come and go.
fn settings() -> impl Strategy<Value = String> {
    let breaker = prop_oneof![
        (1..=4_u32, 5..20_u32)
            .prop_map(|(failures, window)| format!("failures = {failures}\nwindow = '{window}s'")),
        (1..=4_u32, 1..9_u32).prop_map(|(failures, reset)| format!(
            "consecutive_failures = {failures}\nreset_after = '{reset}m'"
        )),
        (1..=4_u32).prop_map(|failures| format!("failures = {failures}\nper_key = true")),
        (1..=4_u32).prop_map(|failures| format!(
            "backend = 'failsafe'\nconsecutive_failures = {failures}"
        )),
    ]
    .boxed();
    let algorithm = proptest::sample::select(vec![
        "",
        "algorithm = 'fixed_window'",
        "key_parts = 1",
        "override.vip = { key = 'vip', limit = 9 }",
    ]);
    let limit = prop_oneof![
        3 => (1..=6_u32, 1..=3_u32, algorithm).prop_map(|(limit, hours, rest)| format!(
            "limit = '{limit}/{hours}h'\n{rest}"
        )),
        1 => (1..=6_u32).prop_map(|limit| format!("backend = 'governor'\nlimit = '{limit}/h'")),
    ];
    let bulkhead = (1..=3_u32, 1..=3_u32)
        .prop_map(|(max, waiting)| format!("max_concurrent = {max}\nmax_waiting = {waiting}"));
    let more = prop::collection::btree_map("m[0-3]", breaker.clone(), 0..3);
    let timeout = prop::option::of(1..9_u32);
    (breaker.clone(), breaker, limit, bulkhead, more, timeout).prop_map(
        |(called, idle, limit, bulkhead, more, timeout)| {
            let mut text = format!(
                "[breaker.called]\n{called}\n[breaker.idle]\n{idle}\n[rate_limit.l]\n{limit}\n\
                 [bulkhead.b]\n{bulkhead}\n[protection.called]\nbreaker = 'called'\n\
                 [protection.idle]\nbreaker = 'idle'\n[protection.held]\nbulkhead = 'b'\n"
            );
            if let Some(timeout) = timeout {
                text += &format!("timeout = '{timeout}s'\n");
            }
            for (name, breaker) in more {
                text += &format!("[breaker.{name}]\n{breaker}\n");
            }
            text
        },
    )
}

struct Fixture {
    infra: Infrastructure,
    folder: tempfile::TempDir,
    _time: ManualClock,
}

impl Fixture {
    fn start(settings: &str) -> Self {
        let (time, folder) = (ManualClock::new(), tempfile::tempdir().expect("a folder"));
        let file = folder.path().join("seawall.toml");
        std::fs::write(&file, settings).expect("written");
        let config = ConfigSource::new().file(file);
        let builder = Infrastructure::builder().config(config).clock(time.clock());
        Self { infra: builder.build().expect("valid settings"), folder, _time: time }
    }

    /// Reloads, after a dry run that has to say the same.
    fn reload(&self, settings: &str) -> PlanDiff {
        std::fs::write(self.folder.path().join("seawall.toml"), settings).expect("written");
        let foretold = self.infra.dry_run().expect("valid settings");
        let before = self.infra.describe();
        let _applied = self.infra.reload().expect("valid settings");
        assert_eq!(foretold, PlanDiff::between(&before, &self.infra.describe()));
        foretold
    }

    /// Lets calls fail under a protection until one is refused; returns their number.
    fn failures_until_open(&self, protection: &str) -> usize {
        let failing = || {
            let call = self.infra.protect(protection).expect("configured").key("ann");
            call.run_blocking(|| Err::<(), _>("failed")).is_err_and(|error| !error.is_refused())
        };
        (0..9).take_while(|_| failing()).count()
    }

    /// Takes all tokens of a key; returns their number.
    fn tokens(&self, key: &str) -> usize {
        (0..20).take_while(|_| self.infra.check_rate(key, "l", 1).is_ok()).count()
    }

    /// Takes as many permits as there are, and keeps them.
    fn permits(&self) -> Vec<seawall::OwnedPermit> {
        let held = self.infra.protection("held").expect("configured");
        let take = || held.owned().max_wait(Duration::ZERO).acquire_blocking().ok();
        std::iter::from_fn(take).take(9).collect()
    }
}

/// Returns true if the component went through all of it with its state, by what was foretold.
fn is_kept(foretold: &[PlanDiff], component: Component, name: &str) -> bool {
    let mut changes = foretold.iter().flat_map(PlanDiff::changes);
    let lost = changes.any(|change| {
        (change.component(), change.name()) == (component, name)
            && change.kind() != ChangeKind::Changed
    });
    !lost
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn there_and_back_again_is_the_same_and_forgives_nothing_that_is_kept(
        (a, b) in (settings(), settings()),
    ) {
        let under_a = Fixture::start(&a);
        let first = under_a.infra.describe();
        let opened = under_a.failures_until_open("called");
        let spent = under_a.tokens("ann");
        let held = under_a.permits();
        prop_assert!((1..9).contains(&opened) && (1..20).contains(&spent) && !held.is_empty());

        let there = under_a.reload(&b);
        let fresh = Fixture::start(&b);
        prop_assert!(PlanDiff::between(&under_a.infra.describe(), &fresh.infra.describe()).is_empty());
        let back = under_a.reload(&a);
        prop_assert_eq!(&*under_a.infra.describe(), &*first);
        prop_assert_eq!(under_a.infra.describe().to_string(), first.to_string());
        prop_assert_eq!(there.is_empty(), back.is_empty());

        let foretold = [there, back];
        let again = under_a.failures_until_open("called");
        let kept = is_kept(&foretold, Component::CircuitBreaker, "called");
        prop_assert_eq!(again, if kept { 0 } else { opened });
        let kept = is_kept(&foretold, Component::RateLimiter, "l");
        prop_assert_eq!(under_a.tokens("ann"), if kept { 0 } else { spent });
        prop_assert!(is_kept(&foretold, Component::Bulkhead, "b"));
        prop_assert!(under_a.permits().is_empty());
        drop(held);
    }

    #[test]
    fn what_was_not_used_decides_after_a_reload_as_after_a_start((a, b) in (settings(), settings())) {
        let (reloaded, started) = (Fixture::start(&a), Fixture::start(&b));
        reloaded.failures_until_open("called");
        reloaded.tokens("ann");
        reloaded.reload(&b);
        for key in ["bob", "vip"] {
            prop_assert_eq!(reloaded.tokens(key), started.tokens(key), "{}", key);
        }
        prop_assert_eq!(reloaded.failures_until_open("idle"), started.failures_until_open("idle"));
        prop_assert_eq!(reloaded.permits().len(), started.permits().len());
    }
}
