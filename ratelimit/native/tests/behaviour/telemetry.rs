use seawall_core::{Driver, Topic};
use seawall_ratelimit::Rule;
use seawall_testkit::Recorder;

use crate::support::{Bench, HOUR};

#[test]
fn what_is_allowed_and_denied_is_told_with_the_rule() {
    let (bench, recorder) = Bench::observed(&Rule::new("api", 1, HOUR));
    bench.limiter.check_rate("ann", 1).unwrap();
    bench.limiter.check_rate("ann", 1).unwrap_err();
    bench.limiter.check(1).unwrap();
    assert_eq!(recorder.count(Topic::RequestAllowed), 2);
    assert_eq!(recorder.count(Topic::RequestDenied), 1);
}

#[test]
fn keys_are_told_only_if_that_was_asked_for() {
    let rule = Rule::new("api", 1, HOUR);
    for asked in [false, true] {
        let (bench, recorder) = (Bench::new(&rule), Recorder::new());
        let driver = Driver::new().with_observer(recorder.clone());
        let driver = if asked { driver.with_keys_in_events() } else { driver };
        let limiter = bench.limiter.with_driver(driver);
        limiter.check_rate(("user", 7), 1).unwrap();
        limiter.check_rate(("user", 7), 1).unwrap_err();
        let keys: Vec<_> = recorder.events().into_iter().map(|event| event.key).collect();
        let told = asked.then(|| "user/7".to_owned());
        assert_eq!(keys, [told.clone(), told]);
    }
}

#[test]
fn the_books_are_the_same_with_and_without_listeners() {
    let rule = Rule::new("api", 2, HOUR);
    let (watched, _recorder) = Bench::observed(&rule);
    let alone = Bench::new(&rule);
    for bench in [&watched, &alone] {
        assert_eq!(bench.admitted("key", 5), 2);
        _ = bench.limiter.reserve("other", 1);
    }
    let books = |bench: &Bench| seawall_core::Backend::status(&bench.limiter, bench.time.now());
    assert_eq!(books(&watched), books(&alone));
    assert_eq!(books(&alone).reading("admitted"), Some(3));
    assert_eq!(books(&alone).reading("unused"), Some(1));
}
