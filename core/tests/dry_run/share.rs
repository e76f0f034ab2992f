//! Which calls a layer is enforced for.

use seawall_core::dry_run::{DryRun, Mode};
use seawall_core::{Backend, Call, Component, Entry, Key, RefusalKind, Tick};
use seawall_testkit::{Answer, Scripted};

const KEYS: u64 = 10_000;

fn layer(name: &'static str, share: f64) -> DryRun<Scripted> {
    let mode = Mode::share(share).expect("between 0 and 1");
    DryRun::new(Scripted::new(Component::CircuitBreaker, name), mode)
}

/// Returns true if a refusal of `layer` is obeyed.
fn refuses(layer: &DryRun<Scripted>, call: &Call<'_>) -> bool {
    layer.inner().then(Answer::Refuse(RefusalKind::CircuitOpen));
    matches!(layer.enter(call), Entry::Refuse(_))
}

fn refused_keys(layer: &DryRun<Scripted>) -> Vec<u64> {
    let refused = |user: &u64| {
        let parts = ("user", *user);
        refuses(layer, &Call::at(Tick::ZERO).with_key(Key::new(&parts)))
    };
    (0..KEYS).filter(refused).collect()
}

#[track_caller]
fn assert_about(count: usize, expected: usize) {
    // Five standard deviations of a binomial distribution at most.
    assert!(count.abs_diff(expected) < 5 * 50, "{count}, not about {expected}");
}

#[test]
fn a_share_is_of_the_keys_and_always_of_the_same() {
    let tenth = refused_keys(&layer("prices", 0.1));
    assert_about(tenth.len(), 1_000);
    assert_eq!(tenth, refused_keys(&layer("prices", 0.1)), "of another instance too");
    let third = refused_keys(&layer("prices", 0.3));
    assert_about(third.len(), 3_000);
    assert!(tenth.iter().all(|key| third.contains(key)), "a larger share has them all");
}

#[test]
fn another_layer_has_other_keys() {
    let (prices, stock) = (layer("prices", 0.1), layer("stock", 0.1));
    let (prices, stock) = (refused_keys(&prices), refused_keys(&stock));
    let both = prices.iter().filter(|key| stock.contains(key)).count();
    assert!((50..200).contains(&both), "one in ten of one in ten: {both}");
}

#[test]
fn calls_without_a_key_are_chosen_at_random() {
    let layer = layer("prices", 0.1);
    let refused = (0..KEYS).filter(|_| refuses(&layer, &Call::at(Tick::ZERO))).count();
    assert_about(refused, 1_000);
    let observed = layer.status(Tick::ZERO).reading("would_refuse").expect("a reading");
    assert_eq!(u64::try_from(refused).expect("small") + observed, KEYS);
}

#[test]
fn nothing_and_all_are_shares() {
    assert_eq!(layer("prices", 0.0).mode(), Mode::Observe);
    assert_eq!(layer("prices", 1.0).mode(), Mode::Enforce);
    for share in [-0.1, 1.1, f64::NAN] {
        let error = Mode::share(share).expect_err("not between 0 and 1").to_string();
        assert!(error.starts_with("a share of the calls must be between 0 and 1, not "), "{error}");
    }
}
